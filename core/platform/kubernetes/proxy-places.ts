import type { Host } from '../../host/host.ts';
import { environmentFiles } from '../../tools/unit-command.ts';
import type { ProxyPlaces } from '../cluster.ts';
import { readControlPlane } from './control-plane.ts';
import { KUBELET_UNIT, readKubelet } from './kubelet.ts';
import { readRuntime } from './runtime.ts';

const UNITS = '/etc/systemd/system';

/**
 * Where the control plane, the kubelet and the runtime are told of a proxy. What lies in /usr is the operating system's,
 * and so the same for every node.
 */
export async function readProxyPlaces(host: Host): Promise<ProxyPlaces> {
  const kubelet = await readKubelet(host);
  const components = await readControlPlane(host, kubelet.manifests);
  const ofKind = (wanted: 'static-pod' | 'unit'): readonly string[] =>
    components.filter(({ kind }) => kind === wanted).map(({ at }) => at);
  const unitFiles: string[] = [];
  const environment = new Set<string>();
  for (const unit of [KUBELET_UNIT, (await readRuntime(host, kubelet)).unit, ...ofKind('unit')]) {
    if ((await host.stat(`${UNITS}/${unit}`))?.type === 'file') unitFiles.push(`${UNITS}/${unit}`);
    const dropIns = await host.list(`${UNITS}/${unit}.d`);
    unitFiles.push(
      ...dropIns.filter((name) => name.endsWith('.conf')).map((name) => `${UNITS}/${unit}.d/${name}`),
    );
    for (const path of await environmentFiles(host, unit))
      if (/^\/(etc|var)\//.test(path)) environment.add(path);
  }
  return { manifests: [...new Set(ofKind('static-pod'))], unitFiles, environmentFiles: [...environment] };
}
