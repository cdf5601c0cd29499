import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/lca-error.ts';
import type { Argv, Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import { EtcdClient } from './etcd-client.ts';
import { EtcdError } from './etcd-error.ts';
import { isLocked } from './lock.ts';

export interface PrivateEtcdOptions {
  /** The data directory (holding `member/`), as the machine names it. */
  readonly dataDir: string;
  /** Run the etcd of this container image with podman instead of the machine's own. */
  readonly image?: string;
  /** How long etcd may take to answer; default one minute. */
  readonly readyMs?: number;
  /** Called when the program has been started and is waited for. */
  readonly onStarted?: () => void;
}

/** An etcd of our own, reachable from this machine only. */
export interface PrivateEtcd {
  /** `127.0.0.1:<port>`, plain text. */
  readonly endpoint: string;
  readonly client: EtcdClient;
  /** Ends it and waits until its data directory is free again. */
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const POLL_MS = 50;
/** A run never takes that long; it bounds a private etcd that lost its owner. */
const LIFETIME_MS = 6 * 3_600_000;

/**
 * Starts a private etcd on free loopback ports over an existing data directory. A running etcd is never touched: its
 * lock on the database refuses ours.
 *
 * @throws EtcdError `no-data`, `in-use`, `start-failed`, `several-members`
 */
export async function startPrivateEtcd(host: Host, options: PrivateEtcdOptions): Promise<PrivateEtcd> {
  const { dataDir, image } = options;
  if (image !== undefined) await endLeftoverEtcd(host);
  await refuseUnusable(host, dataDir);
  const [clientPort, peerPort] = await freePorts();
  const endpoint = `127.0.0.1:${clientPort}`;
  const stopping = new AbortController();
  const server = host.stream(serverCommand(host, options, endpoint, `127.0.0.1:${peerPort}`), {
    description: `run a private etcd on ${dataDir}`,
    timeoutMs: LIFETIME_MS,
    signal: stopping.signal,
  });
  server.stdout.resume();
  options.onStarted?.();
  let ended: { readonly error?: unknown } | undefined;
  const done = server.done.then(
    () => {
      ended = {};
    },
    (error: unknown) => {
      ended = { error };
    },
  );
  const client = new EtcdClient(endpoint);
  const stop = async (): Promise<void> => {
    client.close();
    stopping.abort();
    await done;
  };
  try {
    await untilReady(client, dataDir, options.readyMs ?? READY_MS, () => ended);
    const members = await client.members();
    if (members.length !== 1) {
      throw new EtcdError(
        'several-members',
        `The etcd data in ${dataDir} belongs to a cluster of ${members.length} members.`,
        { remedy: 'Use the data directory of a single-member etcd.' },
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, client, stop };
}

/** Who the only member of a restored data directory is; default: etcd's own names. */
export interface MemberIdentity {
  readonly name: string;
  readonly peerUrl: string;
}

export interface RestoreOptions {
  readonly member?: MemberIdentity | undefined;
  /** Run the programs of this container image with podman instead of the machine's own. */
  readonly image?: string | undefined;
  /** False: the file is a database that was copied, which has no hash at its end. Default: it is looked for. */
  readonly hasHash?: boolean;
}

/**
 * Makes a data directory from a snapshot file (`etcdctl snapshot save`, or a copy of `member/snap/db`). It takes its
 * name only when it is whole, so that it can be made again after having been cut short.
 *
 * @param dataDir must not exist yet
 * @throws EtcdError `not-restored`
 */
export async function restoreSnapshot(
  host: Host,
  snapshot: string,
  dataDir: string,
  { member, image, hasHash = true }: RestoreOptions = {},
): Promise<void> {
  const half = halfOf(dataDir);
  const [from, to] = [host.machinePath(snapshot), host.machinePath(half)];
  const identity =
    member === undefined
      ? []
      : [
          '--name',
          member.name,
          '--initial-cluster',
          `${member.name}=${member.peerUrl}`,
          '--initial-advertise-peer-urls',
          member.peerUrl,
        ];
  const restore = async (program: RestoreProgram, ...more: readonly string[]): Promise<void> => {
    await host.remove(half);
    const words = restoreCommand(program, image, [dirname(from), dirname(to)]);
    await host.run([...words, 'snapshot', 'restore', from, ...more, '--data-dir', to, ...identity], {
      description: `restore the etcd snapshot ${snapshot}`,
      timeoutMs: 300_000,
      env: { ETCDCTL_API: '3' },
    });
  };
  for (const program of RESTORE_PROGRAMS) {
    try {
      await restore(program, ...(hasHash ? [] : [WITHOUT_HASH]));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === 'command-missing' || error.stderr.includes('unknown command')) continue;
      if (!error.stderr.includes('missing hash')) throw error;
      await restore(program, WITHOUT_HASH);
    }
    // one that does not know the command may show its manual, and call that a success
    if ((await host.stat(half)) === undefined) continue;
    await host.sync(half);
    return host.rename(half, dataDir);
  }
  throw new EtcdError('not-restored', `No program of etcd's has made ${dataDir} from ${snapshot}.`, {
    remedy: `Install the ${RESTORE_PROGRAMS.join(' or ')} that belongs to this etcd.`,
  });
}

/** Where a data directory is restored until it is whole. */
export function halfOf(dataDir: string): string {
  return `${dataDir}.half`;
}

/** What restores a snapshot: up to etcd 3.5 the first, from etcd 3.5 on the second, with the same options. */
const RESTORE_PROGRAMS = ['etcdctl', 'etcdutl'] as const;
type RestoreProgram = (typeof RESTORE_PROGRAMS)[number];

const WITHOUT_HASH = '--skip-hash-check';

function restoreCommand(
  program: RestoreProgram,
  image: string | undefined,
  directories: readonly string[],
): Argv {
  if (image === undefined) return [program];
  const volumes = [...new Set(directories)].flatMap((path) => ['--volume', `${path}:${path}`]);
  const container = [
    '--rm',
    '--network',
    'none',
    '--privileged',
    '--pull',
    'never',
    '--env',
    'ETCDCTL_API=3',
  ];
  return ['podman', 'run', ...container, ...volumes, '--entrypoint', program, image];
}

/** The image of the container `etcd` in a static pod manifest (OpenShift's `etcd-pod.yaml`, kubeadm's `etcd.yaml`). */
export function etcdImageOf(manifest: {
  readonly spec?: { readonly containers?: readonly { readonly name?: string; readonly image?: string }[] };
}): string | undefined {
  return manifest.spec?.containers?.find(({ name }) => name === 'etcd')?.image;
}

const CONTAINER = 'lca-recert-etcd';

/** Ends the private etcd of a run that was killed, where it is a container: it outlives its owner. Needs podman. */
export async function endLeftoverEtcd(host: Host): Promise<void> {
  await host.run(['podman', 'rm', '--force', '--ignore', CONTAINER], {
    description: 'remove the private etcd of an earlier run',
    timeoutMs: 60_000,
  });
}

async function refuseUnusable(host: Host, dataDir: string): Promise<void> {
  const database = `${dataDir}/member/snap/db`;
  if ((await host.stat(database)) === undefined) {
    throw new EtcdError('no-data', `There is no etcd database at ${database}.`, {
      remedy: 'Name the directory that holds "member/", usually /var/lib/etcd.',
    });
  }
  if (await isLocked(host, database, `see whether an etcd uses ${dataDir}`)) {
    throw new EtcdError('in-use', `A running etcd uses ${dataDir}.`, { remedy: 'Stop that etcd first.' });
  }
}

function serverCommand(host: Host, options: PrivateEtcdOptions, client: string, peer: string): Argv {
  const dataDir = host.machinePath(options.dataDir);
  const flags = [
    ['--name', 'editor'],
    ['--data-dir', dataDir],
    ['--listen-client-urls', `http://${client}`],
    ['--advertise-client-urls', `http://${client}`],
    ['--listen-peer-urls', `http://${peer}`],
    ['--log-level', 'error'],
    // A single member elects itself after one election timeout: keep that short.
    ['--heartbeat-interval', '10'],
    ['--election-timeout', '100'],
  ].flat();
  // Should lca be killed, its etcd goes with it and sets the data directory free.
  if (options.image === undefined) return ['setpriv', '--pdeathsig', 'KILL', 'etcd', ...flags];
  const container = ['--rm', '--name', CONTAINER, '--network', 'host', '--privileged', '--pull', 'never'];
  const mount = ['--volume', `${dataDir}:${dataDir}`];
  return ['podman', 'run', ...container, ...mount, '--entrypoint', 'etcd', options.image, ...flags];
}

async function untilReady(
  client: EtcdClient,
  dataDir: string,
  readyMs: number,
  ended: () => { readonly error?: unknown } | undefined,
): Promise<void> {
  const until = Date.now() + readyMs;
  for (;;) {
    const end = ended();
    if (end !== undefined) {
      const cause = end.error;
      const why = cause instanceof HostError ? messageOf(cause) : 'it ended at once';
      throw new EtcdError('start-failed', `The private etcd on ${dataDir} did not start: ${why}`, { cause });
    }
    try {
      await client.status(1000);
      return;
    } catch (cause) {
      if (Date.now() > until) {
        throw new EtcdError('start-failed', `The private etcd on ${dataDir} did not answer in time.`, {
          cause,
        });
      }
      await delay(POLL_MS);
    }
  }
}

/** Two different loopback ports nobody listens on at this moment. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}
