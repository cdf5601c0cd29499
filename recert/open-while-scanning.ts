import type { Host } from '../core/host/host.ts';
import { Inventory } from './inventory/inventory.ts';
import type { KeyForge } from './keys/key-forge.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import type { RecertInputs } from './options/inputs.ts';
import { scanFiles } from './scan/scan-files.ts';
import { FileOverlay } from './workspace/file-overlay.ts';

/** What a run has read so far. */
export interface Read {
  readonly inventory: Inventory;
  readonly files: FileOverlay;
}

/**
 * Opens the database and reads the files meanwhile, so that their keys are in the making before etcd answers. When this
 * throws, nothing is left open.
 *
 * @throws RecertError, EtcdError, HostError
 */
export async function openWhileScanning(
  host: Host,
  { cryptoDirs, cryptoFiles, database, isDryRun, snapshot }: RecertInputs,
  forge: KeyForge,
): Promise<{ readonly read: Read; readonly open: OpenDatabase | undefined }> {
  const read: Read = {
    inventory: new Inventory(({ id, kind }) => void forge.order(id, kind)),
    files: new FileOverlay(host),
  };
  // Not before etcd is on its way: reading keeps this process busy, and the longest wait is for etcd.
  const { promise: waiting, resolve: onWaiting } = Promise.withResolvers<void>();
  const [scanned, opened] = await Promise.allSettled([
    waiting.then(() => scanFiles(read.files, cryptoDirs, cryptoFiles, read.inventory)),
    openDatabase(host, database, { isDryRun, snapshot, onWaiting }).finally(onWaiting),
  ]);
  const open = opened.status === 'fulfilled' ? opened.value : undefined;
  const failed = [opened, scanned].find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return { read, open };
  await open?.close();
  throw failed.reason;
}
