import { parse } from 'yaml';
import type { Host } from '../core/host/host.ts';
import { HostError } from '../core/host/host-error.ts';
import { etcdImageOf, restoreSnapshot, startPrivateEtcd } from '../core/tools/etcd.ts';
import { EtcdClient } from '../core/tools/etcd-client.ts';
import { copyOwner } from '../core/tools/file-attributes.ts';
import { type Database, shredFile } from './commit/stage.ts';
import { listFiles } from './scan/scan-files.ts';

/** A database reached for the length of a run. */
export interface OpenDatabase {
  readonly client: EtcdClient;
  /** Of a private etcd that runs in a container. */
  readonly image: string | undefined;
  /** May be called again. */
  close(): Promise<void>;
}

/** Memory-backed: a copy for a dry run never touches a disk. */
const MEMORY_DIR = '/dev/shm';

/**
 * Reaches the database of a run: an endpoint as it is, or a private etcd over a data directory. A dry run works on a
 * copy of the directory in memory, because an etcd writes to its directory by being started.
 */
export async function openDatabase(
  host: Host,
  database: Database,
  options: {
    readonly isDryRun: boolean;
    readonly snapshot: string | undefined;
    /** Called when only other programs have something to do for a while. */
    readonly onWaiting?: () => void;
  },
): Promise<OpenDatabase | undefined> {
  if (database === null) return undefined;
  if ('endpoint' in database) {
    const client = new EtcdClient(database.endpoint);
    return { client, image: undefined, close: async () => client.close() };
  }
  const { dataDir } = database;
  const { onWaiting = () => undefined } = options;
  const image = database.image ?? (await podImage(host));
  const copy = options.isDryRun ? `${MEMORY_DIR}/lca-recert-${host.now().getTime()}` : undefined;
  if (options.snapshot !== undefined && (copy !== undefined || (await host.stat(dataDir)) === undefined)) {
    if (copy !== undefined) await host.makeDirectory(copy, 0o700);
    onWaiting();
    await restoreSnapshot(host, options.snapshot, copy === undefined ? dataDir : `${copy}/data`, { image });
  } else if (copy !== undefined) {
    await host.makeDirectory(copy, 0o700);
    onWaiting();
    await host.run(['cp', '--archive', host.machinePath(dataDir), `${host.machinePath(copy)}/data`], {
      description: `copy ${dataDir} into memory for a dry run`,
      timeoutMs: 300_000,
    });
  }
  const close = async (): Promise<void> => {
    if (copy === undefined) return keepOwner(host, dataDir);
    for (const path of await listFiles(host, copy)) await shredFile(host, path);
    await host.remove(copy);
  };
  try {
    const etcd = await startPrivateEtcd(host, {
      dataDir: copy === undefined ? dataDir : `${copy}/data`,
      onStarted: onWaiting,
      ...(image === undefined ? {} : { image }),
    });
    let closed: Promise<void> | undefined;
    return {
      client: etcd.client,
      image,
      close: () => (closed ??= etcd.stop().then(close)),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a private etcd has made belongs to whoever runs it; an etcd that is a service of a user's has to read it. */
async function keepOwner(host: Host, dataDir: string): Promise<void> {
  const member = `${dataDir}/member`;
  const owner = (await host.stat(member))?.uid ?? 0;
  if (owner !== 0) await copyOwner(host, member, member);
}

/** OpenShift's hosts have no etcd program, but the image of its static pod. */
const POD_MANIFEST = '/etc/kubernetes/manifests/etcd-pod.yaml';

async function podImage(host: Host): Promise<string | undefined> {
  try {
    await host.run(['etcd', '--version'], {
      description: 'see whether etcd is installed',
      timeoutMs: 30_000,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'command-missing')) throw error;
  }
  const manifest = await host.readText(POD_MANIFEST);
  return manifest === undefined ? undefined : etcdImageOf(parse(manifest) ?? {});
}
