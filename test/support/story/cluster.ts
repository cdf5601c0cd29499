import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { NodeKind } from '../../../images/test-host/build.ts';
import { kubernetesDisk } from '../../../images/test-host/kubernetes.ts';
import { makeClusterFiles } from '../control-plane/kubeadm.ts';
import { bootNode } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import type { Forward } from '../vm/qemu.ts';
import { installLca } from './nodes.ts';

const PORT = 6443;
const KUBELET = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
clusterDomain: cluster.local
rotateCertificates: false
failSwapOn: false
makeIPTablesUtilChains: false
resolvConf: /etc/kubernetes/resolv.conf
authentication:
  anonymous:
    enabled: false
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
`;
/** A workload of the fleet; its image comes with the seed. */
const WEB = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'Recreate' },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        hostNetwork: true,
        tolerations: [{ operator: 'Exists' }],
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'web',
            image: 'registry.test:5000/workload:2',
            imagePullPolicy: 'IfNotPresent',
            env: [{ name: 'PORT', value: '8090' }],
          },
        ],
      },
    },
  },
};

/** What a cluster is told apart by. */
export interface ClusterNode {
  readonly kind: NodeKind;
  readonly name: string;
  readonly ip: string;
  readonly forwards: readonly Forward[];
  readonly log: string;
}

/** A node with a cluster of its own, all of it real, and lca; ready when this returns. */
export async function clusterNode({ kind, name, ip, forwards, log }: ClusterNode): Promise<VmNode> {
  const node = await bootNode({
    disk: kind,
    base: await kubernetesDisk(kind),
    name,
    ip,
    forwards,
    log,
    memoryMiB: 4096,
    files: await filesOf(name, ip),
  });
  try {
    await installLca(node);
    for (const version of kind === 'seed' ? (['1', '2'] as const) : (['1'] as const))
      await takeIn(node, version);
    await untilClusterReady(node, name);
    return node;
  } catch (error) {
    await node.dispose();
    throw error;
  }
}

/** kubectl with the administrator's kubeconfig. */
export async function kubectl(node: VmNode, words: string, input?: string): Promise<string> {
  return node.sh(`kubectl --kubeconfig=/etc/kubernetes/admin.conf ${words}`, {
    timeoutMs: 300_000,
    ...(input === undefined ? {} : { input }),
  });
}

/** Starts the fleet's workload and waits until it serves. */
export async function startWeb(node: VmNode): Promise<void> {
  await kubectl(node, 'apply -f -', JSON.stringify(WEB));
  await kubectl(node, 'rollout status deployment/web --timeout=280s');
}

/** Waits until the node is Ready and pods can be made: the controllers make the default service account last. */
export async function untilClusterReady(node: VmNode, name: string): Promise<void> {
  await node.sh(
    `for i in $(seq 400); do kubectl --kubeconfig=/etc/kubernetes/admin.conf get node ${name} 2>/dev/null | grep -qw Ready && kubectl --kubeconfig=/etc/kubernetes/admin.conf get serviceaccount default >/dev/null 2>&1 && exit 0; sleep 3; done; journalctl -u kubelet -u kube-apiserver -n 60 --no-pager; exit 1`,
    { timeoutMs: 1_500_000 },
  );
}

/** Gives the node's containerd an image as the registry has it, by digest and by tag. */
async function takeIn(node: VmNode, version: string): Promise<void> {
  const image = 'registry.test:5000/workload';
  const ctr = 'ctr --namespace k8s.io images';
  await node.sh(
    [
      `skopeo copy --preserve-digests docker://${image}:${version} oci-archive:/var/tmp/image.tar`,
      `${ctr} import --base-name ${image} --digests /var/tmp/image.tar`,
      `${ctr} tag --force ${image}@$(skopeo inspect --format '{{.Digest}}' docker://${image}:${version}) ${image}:${version}`,
      'rm /var/tmp/image.tar',
    ].join(' && '),
    { timeoutMs: 600_000 },
  );
}

/** kubeadm's files, with the flags of its static pods as environment files of services. */
async function filesOf(name: string, ip: string): Promise<Readonly<Record<string, string>>> {
  const directory = await mkdtemp(join(tmpdir(), 'lca-cluster-'));
  try {
    await makeClusterFiles(directory, { name, address: ip, clusterDomain: 'cluster.local', port: PORT });
    const files: Record<string, string> = {
      '/var/lib/kubelet/config.yaml': KUBELET,
      '/etc/kubernetes/resolv.conf': 'nameserver 127.0.0.1\n',
      '/etc/kubernetes/kubelet.env': `FLAGS="--config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf --container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --node-ip=${ip}"\n`,
    };
    const entries = await readdir(join(directory, 'etc/kubernetes'), {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, 'utf8');
      if (!path.includes('/manifests/')) files[path.slice(directory.length)] = text;
      else {
        const { spec } = parse(text) as { spec: { containers: [{ command: string[] }] } };
        const flags = spec.containers[0].command.slice(1).join(' ');
        files[`/etc/kubernetes/${basename(path, '.yaml')}.env`] = `FLAGS="${flags}"\n`;
      }
    }
    return files;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
