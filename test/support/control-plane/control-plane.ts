import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kubernetesPrograms } from '../../../images/kubernetes/build.ts';
import { hasClusterFiles, kubeadm, makeClusterFiles, podFlags } from './kubeadm.ts';
import { freePorts, type Program, startProgram } from './program.ts';
import { credentialsOf, type KubernetesObject, requestKubernetes } from './request.ts';

export interface ControlPlaneOptions {
  /** The root of the control plane's machine: /etc/kubernetes, /var/lib/etcd and /log come to lie below it. */
  readonly directory: string;
  /** Name of the node; counts when the directory is new, as the next two do. */
  readonly name: string;
  /** The node's address. Nothing listens there; it must not be of the loopback. Default 192.0.2.10. */
  readonly address?: string;
  /** Default cluster.local. */
  readonly clusterDomain?: string;
  /** Whether a controller manager runs too; default true. */
  readonly controllerManager?: boolean;
  /** Added to those of kubeadm's manifest, or instead of them: `{ 'v': '4' }`. */
  readonly apiServerFlags?: Readonly<Record<string, string>>;
}

/** A running control plane: etcd, kube-apiserver and kube-controller-manager on the loopback, with kubeadm's PKI. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>`; the same whenever the directory is started. */
  readonly server: string;
  /** Path of kubeadm's admin.conf. */
  readonly adminKubeconfig: string;
  readonly etcd: {
    /** `https://127.0.0.1:<port>` */
    readonly endpoint: string;
    readonly dataDir: string;
    /** PEM files of a client. */
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
  };
  /** A request as administrator; anything but success is an error. */
  admin(
    method: Parameters<typeof requestKubernetes>[1],
    path: string,
    body?: object,
  ): Promise<KubernetesObject>;
  /** Ends all of it in order; what it stored stays, and can be started again. */
  stop(): Promise<void>;
}

/**
 * Starts a real control plane on free loopback ports over a directory, and waits until it is ready. In a new directory
 * kubeadm makes everything first, and afterwards stores what `kubeadm init` stores (kubeadm-config, cluster-info). The
 * programs run with the flags of the directory's static pod manifests, except for where they listen, so that a changed
 * manifest counts. They end with this process. Needs root.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { directory } = options;
  const isNew = !hasClusterFiles(directory);
  if (isNew) {
    const [port] = (await freePorts(1)) as [number];
    const { name, address = '192.0.2.10', clusterDomain = 'cluster.local' } = options;
    await makeClusterFiles(directory, { name, address, clusterDomain, port });
  }
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs.toReversed()) await program.stop();
  };
  try {
    const plane = { ...(await start(options, programs)), stop };
    if (isNew) {
      await kubeadm(directory, 'init', 'phase', 'upload-config', 'kubeadm');
      await kubeadm(directory, 'init', 'phase', 'bootstrap-token');
    }
    return plane;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { directory, controllerManager = true, apiServerFlags = {} }: ControlPlaneOptions,
  programs: Program[],
): Promise<Omit<ControlPlane, 'stop'>> {
  const binaries = await kubernetesPrograms('control-plane');
  const logs = join(directory, 'log');
  const [client, peer, metrics, manager] = (await freePorts(4)) as [number, number, number, number];
  const run = (path: string, flags: Readonly<Record<string, string>>): Program => {
    const program = startProgram(path, flags, logs);
    programs.push(program);
    return program;
  };

  const etcdFlags = await podFlags(directory, 'etcd');
  const dataDir = join(directory, 'var/lib/etcd');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const endpoint = `https://127.0.0.1:${client}`;
  await run('etcd', {
    ...etcdFlags,
    'listen-client-urls': endpoint,
    'listen-peer-urls': `https://127.0.0.1:${peer}`,
    'listen-metrics-urls': `http://127.0.0.1:${metrics}`,
  }).untilUp(async () => (await fetch(`http://127.0.0.1:${metrics}/health`)).ok);

  const adminKubeconfig = join(directory, 'etc/kubernetes/admin.conf');
  const admin = await credentialsOf(adminKubeconfig);
  await run(join(binaries, 'kube-apiserver'), {
    ...(await podFlags(directory, 'kube-apiserver')),
    'bind-address': '127.0.0.1',
    'etcd-servers': endpoint,
    ...apiServerFlags,
  }).untilUp(async () => (await requestKubernetes(admin, 'GET', '/readyz')).status === 200);

  if (controllerManager) {
    await run(join(binaries, 'kube-controller-manager'), {
      ...(await podFlags(directory, 'kube-controller-manager')),
      // Its kubeconfig names the node's address, where nothing listens.
      master: admin.server,
      'secure-port': String(manager),
      // Alone, it need not wait until the lease of its predecessor has run out.
      'leader-elect': 'false',
    }).untilUp(async () => answersOnPort(manager));
  }
  const pki = join(directory, 'etc/kubernetes/pki');
  return {
    server: admin.server,
    adminKubeconfig,
    etcd: {
      endpoint,
      dataDir,
      ca: join(pki, 'etcd/ca.crt'),
      certificate: join(pki, 'apiserver-etcd-client.crt'),
      key: join(pki, 'apiserver-etcd-client.key'),
    },
    admin: async (method, path, body) => {
      const { status, text, object } = await requestKubernetes(admin, method, path, body);
      if (status >= 200 && status < 300) return object();
      throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
    },
  };
}

/** The controller manager has a certificate of its own making, which nobody can know beforehand: that it listens must do. */
function answersOnPort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
