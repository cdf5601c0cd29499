import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../errors/lca-error.ts';
import type { Host } from '../../host/host.ts';
import { unitCommand } from '../../tools/unit-command.ts';
import { ClusterNodeError } from './cluster-node-error.ts';
import { type Flags, readFlags } from './flags.ts';

export const KUBELET_UNIT = 'kubelet.service';
export const KUBELET_DIRECTORY = '/var/lib/kubelet';
const CONFIG_PATH = `${KUBELET_DIRECTORY}/config.yaml`;
const MANIFESTS = '/etc/kubernetes/manifests';

const CONFIG = z.looseObject({
  staticPodPath: z.string().optional(),
  clusterDomain: z.string().optional(),
  containerRuntimeEndpoint: z.string().optional(),
});

/** How this node's kubelet is set up. */
export interface Kubelet {
  readonly flags: Flags;
  /** Its environment's proxy settings among others. */
  readonly environment: Readonly<Record<string, string>>;
  /** The directory of static pod manifests. */
  readonly manifests: string;
  /** `cluster.local` unless told otherwise. */
  readonly clusterDomain: string;
  /** Of the configuration file; there is a flag too. */
  readonly runtimeEndpoint: string | undefined;
}

/**
 * Reads the kubelet's command line and configuration file (kubelet.config.k8s.io/v1beta1, KubeletConfiguration).
 *
 * @throws ClusterNodeError `bad-manifest`
 */
export async function readKubelet(host: Host): Promise<Kubelet> {
  const { argv, environment } = await unitCommand(host, KUBELET_UNIT);
  const flags = readFlags(argv);
  const config = await readConfig(host, flags.get('config') ?? CONFIG_PATH);
  return {
    flags,
    environment,
    manifests: flags.get('pod-manifest-path') ?? config.staticPodPath ?? MANIFESTS,
    clusterDomain: flags.get('cluster-domain') ?? config.clusterDomain ?? 'cluster.local',
    runtimeEndpoint: config.containerRuntimeEndpoint,
  };
}

/** The directory of static pod manifests, as the configuration file has it: for detection, without any command. */
export async function manifestDirectory(host: Host): Promise<string> {
  const config = await readConfig(host, CONFIG_PATH).catch(() => undefined);
  return config?.staticPodPath ?? MANIFESTS;
}

async function readConfig(host: Host, path: string): Promise<z.output<typeof CONFIG>> {
  const text = await host.readText(path);
  if (text === undefined) return {};
  try {
    return CONFIG.parse(parse(text) ?? {});
  } catch (cause) {
    throw new ClusterNodeError(
      'bad-manifest',
      `The kubelet's configuration ${path} cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}
