import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { KUBERNETES_VERSION, kubernetesPrograms } from '../../../images/kubernetes/build.ts';

/** What kubeadm is told of a cluster. */
export interface ClusterNames {
  readonly name: string;
  readonly address: string;
  readonly clusterDomain: string;
  readonly port: number;
}

const CONFIG = '/etc/kubernetes/kubeadm.yaml';

/** Runs kubeadm with a directory as the root of its machine. */
export async function kubeadm(directory: string, ...argv: readonly string[]): Promise<void> {
  const program = join(await kubernetesPrograms('control-plane'), 'kubeadm');
  await execa(program, [`--rootfs=${directory}`, ...argv, `--config=${CONFIG}`], { stdin: 'ignore' });
}

/** Lays out what `kubeadm init` leaves on a machine: keys and certificates, kubeconfigs, static pod manifests. */
export async function makeClusterFiles(
  directory: string,
  { name, address, clusterDomain, port }: ClusterNames,
): Promise<void> {
  const documents = [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta2',
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: address, bindPort: port },
      nodeRegistration: { name, criSocket: '/run/containerd/containerd.sock' },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta2',
      kind: 'ClusterConfiguration',
      kubernetesVersion: `v${KUBERNETES_VERSION}`,
      controlPlaneEndpoint: `127.0.0.1:${port}`,
      apiServer: { certSANs: ['127.0.0.1', 'localhost'] },
      networking: { dnsDomain: clusterDomain, serviceSubnet: '10.96.0.0/16' },
    },
  ];
  await mkdir(join(directory, 'etc/kubernetes'), { recursive: true });
  await mkdir(join(directory, 'tmp'), { recursive: true });
  await writeFile(join(directory, CONFIG), documents.map((document) => stringify(document)).join('---\n'));
  for (const phase of [
    ['certs', 'all'],
    ['kubeconfig', 'all'],
    ['control-plane', 'all'],
    ['etcd', 'local'],
  ]) {
    await kubeadm(directory, 'init', 'phase', ...phase);
  }
}

export function hasClusterFiles(directory: string): boolean {
  return existsSync(join(directory, 'etc/kubernetes/manifests/etcd.yaml'));
}

/**
 * The flags of a static pod, with the files they name as they lie below the directory.
 *
 * @param pod name of the manifest without its suffix
 */
export async function podFlags(directory: string, pod: string): Promise<Record<string, string>> {
  const path = join(directory, 'etc/kubernetes/manifests', `${pod}.yaml`);
  const manifest = parse(await readFile(path, 'utf8')) as {
    spec: { containers: [{ command: string[] }] };
  };
  const [, ...argv] = manifest.spec.containers[0].command;
  return Object.fromEntries(
    argv.map((argument) => {
      const [, flag = '', value = ''] = /^--([^=]+)=(.*)$/.exec(argument) ?? [];
      return [flag, value.replace(/^\/(etc\/kubernetes|var\/lib\/etcd)/, `${directory}/$1`)];
    }),
  );
}
