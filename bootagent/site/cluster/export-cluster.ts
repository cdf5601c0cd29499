import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import {
  parseSeedReconfiguration,
  type SeedReconfiguration,
} from '../../../core/contract/seed-reconfiguration.ts';
import type { Host } from '../../../core/host/host.ts';
import type { Cluster, ClusterFacts, RetainedSigner } from '../../../core/platform/cluster.ts';
import { withClusterClient } from '../../../core/platform/cluster-client.ts';
import { NAMESPACE, NODE } from '../../../core/tools/kubernetes/known-types.ts';
import { type KubernetesObject, kubernetesObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { SiteError } from '../site-error.ts';
import { exportManifests, type Manifest } from './manifests.ts';

const PULL_SECRET = '/var/lib/kubelet/config.json';

/** What a site's cluster is, as the new system has to know it. */
export interface ExportedCluster {
  readonly reconfiguration: Partial<SeedReconfiguration>;
  readonly signers: NonNullable<SeedReconfiguration['lca']['cluster']>;
  readonly manifests: readonly Manifest[];
}

const RECORD = z.object({
  exportedFor: z.string(),
  reconfiguration: z.record(z.string(), z.unknown()),
  signers: z.object({ signers: z.array(z.unknown()) }),
  manifests: z.array(z.object({ file: z.string(), items: z.array(kubernetesObject) })),
});

/** Writes an export down, readable by root only. */
export async function writeExport(
  host: Host,
  path: string,
  exported: ExportedCluster & { readonly exportedFor: string },
): Promise<void> {
  await host.writeAtomic(path, JSON.stringify(exported), { mode: 0o600 });
}

/** The export that was written down; undefined if there is none, or it is damaged and has to be made again. */
export async function readExport(
  host: Host,
  path: string,
): Promise<(ExportedCluster & { readonly exportedFor: string }) | undefined> {
  const text = await host.readText(path);
  if (text === undefined) return undefined;
  try {
    const record = RECORD.parse(JSON.parse(text));
    // the site's own schema says what a reconfiguration is
    const whole = parseSeedReconfiguration(
      JSON.stringify({ api_version: 1, ...record.reconfiguration, lca: { cluster: record.signers } }),
      path,
    );
    const names = Object.keys(record.reconfiguration);
    const reconfiguration = Object.fromEntries(
      Object.entries(whole).filter(([name]) => names.includes(name)),
    );
    return {
      exportedFor: record.exportedFor,
      reconfiguration,
      signers: whole.lca.cluster ?? { signers: [] },
      manifests: record.manifests,
    };
  } catch {
    return undefined;
  }
}

/**
 * Takes down the cluster's names, addresses, labels, identity and the keys that its kubeconfigs depend on. Needs the
 * API, which is still up.
 *
 * @throws SiteError `not-portable` where the node is called otherwise than the machine
 */
export async function exportCluster(
  host: Host,
  cluster: Cluster,
  hostname: string,
): Promise<ExportedCluster> {
  const facts = await cluster.readFacts(host);
  refuseOtherName(facts, hostname);
  const signers: ExportedCluster['signers']['signers'][number][] = [];
  for (const signer of await cluster.readRetainedSigners(host)) signers.push(await withKey(host, signer));
  return withClusterClient(host, cluster, async (client) => {
    const node = await client.get(NODE, { name: facts.nodeName });
    const clusterId = (await client.get(NAMESPACE, { name: 'kube-system' }))?.metadata.uid;
    if (node === undefined || clusterId === undefined) {
      throw new SiteError(
        'missing',
        `The cluster has no node ${facts.nodeName}, or no namespace kube-system.`,
      );
    }
    return {
      reconfiguration: await reconfigurationOf(host, facts, node, clusterId),
      signers: { signers },
      manifests: await exportManifests(client),
    };
  });
}

async function reconfigurationOf(
  host: Host,
  facts: ClusterFacts,
  node: KubernetesObject,
  clusterId: string,
): Promise<Partial<SeedReconfiguration>> {
  const addresses = internalAddresses(node);
  return {
    base_domain: facts.domain,
    cluster_name: facts.clusterName,
    cluster_id: clusterId,
    node_ips: addresses.length > 0 ? addresses : facts.nodeIps,
    machine_networks: facts.machineNetworks,
    node_labels: node.metadata.labels ?? {},
    pull_secret: (await host.readText(PULL_SECRET)) ?? '',
    proxy: facts.proxy ?? null,
    status_proxy: facts.proxy ?? null,
  };
}

function internalAddresses(node: KubernetesObject): readonly string[] {
  const status = (node['status'] ?? {}) as {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
  return (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

/** In the new system the kubelet takes the machine's name. */
function refuseOtherName({ nodeName }: ClusterFacts, hostname: string): void {
  if (nodeName === hostname.toLowerCase()) return;
  throw new SiteError(
    'not-portable',
    `The node is called ${nodeName} in its cluster, but the machine ${hostname}.`,
    { remedy: "Remove --hostname-override from the kubelet's flags, or give the machine the node's name." },
  );
}

async function withKey(
  host: Host,
  { roles, commonName, certificatePath, keyPath }: RetainedSigner,
): Promise<ExportedCluster['signers']['signers'][number]> {
  const certificate = await host.readText(certificatePath);
  const privateKey = await host.readText(keyPath);
  if (certificate === undefined || privateKey === undefined) {
    throw new SiteError(
      'missing',
      `The authority ${certificatePath} or its key ${keyPath} is not there any more.`,
    );
  }
  // of a bundle, the first is the one whose key this is
  const first = new X509Certificate(certificate).toString();
  return { roles: [...roles], common_name: commonName, certificate: first, private_key: privateKey };
}
