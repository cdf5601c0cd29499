import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import type { ClusterFacts, ProxySettings } from '../cluster.ts';
import { ClusterNodeError } from './cluster-node-error.ts';
import { type Component, componentOf, readControlPlane } from './control-plane.ts';
import { listFlag } from './flags.ts';
import { type Kubelet, readKubelet } from './kubelet.ts';

const ANCHORS = ['/etc/pki/ca-trust/source/anchors', '/usr/local/share/ca-certificates'] as const;
const MINUTE = 60_000;

const ADDRESSES = z.array(
  z.object({
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() })),
  }),
);

/**
 * What is to be known of the cluster on this node, without asking it: from the kubelet's configuration, the static pod
 * manifests or services of the control plane, and the machine.
 *
 * @throws ClusterNodeError `incomplete`, `bad-manifest`
 */
export async function readClusterFacts(host: Host): Promise<ClusterFacts> {
  const kubelet = await readKubelet(host);
  const components = await readControlPlane(host, kubelet.manifests);
  const api = componentOf(components, 'kube-apiserver');
  const controllers = components.find(({ name }) => name === 'kube-controller-manager');
  const nodeIps = nodeAddresses(kubelet, api);
  const services = listFlag(api.flags, 'service-cluster-ip-range');
  return {
    version: await versionOf(host, api),
    clusterName: controllers?.flags.get('cluster-name') ?? 'kubernetes',
    domain: kubelet.clusterDomain,
    nodeName: await nodeName(host, kubelet),
    nodeIps,
    serviceNetworks:
      services.length > 0 || controllers === undefined
        ? services
        : listFlag(controllers.flags, 'service-cluster-ip-range'),
    clusterNetworks: controllers === undefined ? [] : listFlag(controllers.flags, 'cluster-cidr'),
    machineNetworks: await networksOf(host, nodeIps),
    proxy: proxyOf(api.environment) ?? proxyOf(kubelet.environment),
    hasFips: (await host.readText('/proc/sys/crypto/fips_enabled'))?.trim() === '1',
    hasOwnTrust: await hasAnchors(host),
  };
}

/** The name a kubelet registers: its flag, else the host name in lower case (kubelet(1), --hostname-override). */
async function nodeName(host: Host, { flags }: Kubelet): Promise<string> {
  const override = flags.get('hostname-override');
  if (override !== undefined && override !== '') return override;
  const running = (await host.readText('/proc/sys/kernel/hostname')) ?? '';
  return running.trim().toLowerCase();
}

function nodeAddresses({ flags }: Kubelet, api: Component): readonly string[] {
  const given = listFlag(flags, 'node-ip').filter((address) => address !== '0.0.0.0' && address !== '::');
  if (given.length > 0) return given;
  const advertised = api.flags.get('advertise-address');
  if (advertised !== undefined) return [advertised];
  throw new ClusterNodeError(
    'incomplete',
    `The node's address is nowhere said: neither --node-ip of the kubelet nor --advertise-address in ${api.at}.`,
    { remedy: 'Set --node-ip for the kubelet.' },
  );
}

/** The networks that the machine has these addresses in, in CIDR notation, in the order of the addresses. */
async function networksOf(host: Host, addresses: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await host.run(['ip', '-json', 'address', 'show'], {
    description: "read the machine's addresses",
    timeoutMs: MINUTE,
  });
  const known = ADDRESSES.parse(JSON.parse(stdout || '[]')).flatMap(({ addr_info }) => addr_info);
  return addresses.flatMap((address) => {
    const prefix = known.find(({ local }) => local === address)?.prefixlen;
    return prefix === undefined ? [] : [networkOf(address, prefix)];
  });
}

/** `192.168.126.10` and 24: `192.168.126.0/24`. */
export function networkOf(address: string, prefix: number): string {
  const bits = address.includes(':') ? 128 : 32;
  const host = BigInt(bits - prefix);
  const network = (numberOf(address) >> host) << host;
  if (bits === 32) {
    const bytes = [24n, 16n, 8n, 0n].map((shift) => (network >> shift) & 0xffn);
    return `${bytes.join('.')}/${prefix}`;
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((network >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${prefix}`;
}

function numberOf(address: string): bigint {
  if (!address.includes(':')) {
    return address.split('.').reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  }
  const [head = '', tail] = address.split('::');
  const parts = (text: string): string[] => text.split(':').filter((part) => part !== '');
  const after = tail === undefined ? [] : parts(tail);
  const before = parts(head);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n);
}

/** The API server's version, `1.20.2`: by its image's tag, else by what it says itself. */
async function versionOf(host: Host, { image, program }: Component): Promise<string> {
  const tag = /:v(\d+\.\d+\.\d+[\w.+-]*)(?:@|$)/.exec(image ?? '')?.[1];
  if (tag !== undefined) return tag;
  const { stdout } = await host.run([program ?? 'kubelet', '--version'], {
    description: 'ask for the version of Kubernetes',
    timeoutMs: MINUTE,
  });
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version !== undefined) return version;
  throw new ClusterNodeError(
    'incomplete',
    `${program ?? 'kubelet'} --version names no version of Kubernetes.`,
  );
}

function proxyOf(environment: Readonly<Record<string, string>>): ProxySettings | undefined {
  const value = (name: string): string => environment[name] ?? environment[name.toLowerCase()] ?? '';
  const settings = {
    httpProxy: value('HTTP_PROXY'),
    httpsProxy: value('HTTPS_PROXY'),
    noProxy: value('NO_PROXY'),
  };
  return settings.httpProxy === '' && settings.httpsProxy === '' ? undefined : settings;
}

async function hasAnchors(host: Host): Promise<boolean> {
  for (const directory of ANCHORS) if ((await host.list(directory)).length > 0) return true;
  return false;
}
