import { createHash } from 'node:crypto';
import { type Digest, digestOf, hexOf, isDigest } from '../../core/seedimage/digest.ts';
import { S3Error } from '../../core/tools/s3/s3-error.ts';
import { BackupError } from './backup-error.ts';
import { backupKey, checksumsKey } from './layout.ts';
import type { BackupStore } from './store/backup-store.ts';

/** One object of a backup as it was stored. */
export interface StoredObject {
  /** Below the backup's directory: `volumes/index.json`. */
  readonly name: string;
  readonly size: number;
  readonly digest: Digest;
}

/** Stores a small object of a backup. */
export async function storeObject(
  store: BackupStore,
  backup: string,
  name: string,
  data: string | Uint8Array,
): Promise<StoredObject> {
  const bytes = Buffer.from(data);
  await store.put(backupKey(backup, name), bytes);
  return { name, size: bytes.length, digest: digestOf(bytes) };
}

/**
 * The text of `<backup>.sha256`: what `sha256sum --check` reads, with the sizes in comments. Sorted by name.
 */
export function checksumsText(objects: readonly StoredObject[]): string {
  return objects
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, size, digest }) => `# size ${size} ${name}\n${hexOf(digest)}  ${name}\n`)
    .join('');
}

/** Parses that text; undefined if it is anything else. */
export function parseChecksums(text: string): readonly StoredObject[] | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0 || lines.length % 2 !== 0) return undefined;
  const objects: StoredObject[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const size = /^# size (\d{1,15}) (.+)$/.exec(lines[at] ?? '');
    const sum = /^([0-9a-f]{64}) {2}(.+)$/.exec(lines[at + 1] ?? '');
    const digest = `sha256:${sum?.[1] ?? ''}`;
    if (size === null || sum === null || size[2] !== sum[2] || !isDigest(digest)) return undefined;
    objects.push({ name: sum[2] ?? '', size: Number(size[1]), digest });
  }
  return objects;
}

/**
 * Reads every object of a backup and compares it with the backup's list, and the list with what is known of it.
 *
 * @param options.expected the list's own digest, where it is known: then no other backup can pass for this one
 * @param options.only which objects to read; default all
 * @returns the objects, and the list's digest
 * @throws BackupError `backup-damaged` naming the object; S3Error where the bucket cannot be asked
 */
export async function verifyBackup(
  store: BackupStore,
  backup: string,
  options: {
    readonly expected?: string;
    readonly only?: (name: string) => boolean;
    readonly onBytes?: (bytes: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<{ readonly objects: readonly StoredObject[]; readonly digest: Digest }> {
  const list = await store.read(checksumsKey(backup));
  if (list === undefined) throw damaged(store, backup, `${checksumsKey(backup)} is not there`);
  const digest = digestOf(list);
  if (options.expected !== undefined && options.expected !== digest)
    throw damaged(store, backup, `${checksumsKey(backup)} is not the one that was written before the pivot`);
  const objects = parseChecksums(Buffer.from(list).toString());
  if (objects === undefined)
    throw damaged(store, backup, `${checksumsKey(backup)} is not a list of checksums`);
  for (const object of objects)
    if (options.only?.(object.name) ?? true) await verifyObject(store, backup, object, options);
  return { objects, digest };
}

async function verifyObject(
  store: BackupStore,
  backup: string,
  { name, size, digest }: StoredObject,
  options: { readonly onBytes?: (bytes: number) => void; readonly signal?: AbortSignal },
): Promise<void> {
  const key = backupKey(backup, name);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of store.get(key) as AsyncIterable<Buffer>) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      options.onBytes?.(chunk.length);
    }
  } catch (cause) {
    options.signal?.throwIfAborted();
    // a bucket that cannot be asked says nothing of what lies in it
    if (cause instanceof S3Error && cause.code !== 'not-found' && cause.code !== 'changed') throw cause;
    throw damaged(store, backup, `${key} cannot be read`, cause);
  }
  if (bytes !== size) throw damaged(store, backup, `${key} has ${bytes} bytes instead of ${size}`);
  if (`sha256:${hash.digest('hex')}` !== digest)
    throw damaged(store, backup, `${key} is not what was stored`);
}

/** The refusal of a backup that is not as it was stored. */
export function damaged(store: BackupStore, backup: string, why: string, cause?: unknown): BackupError {
  return new BackupError('backup-damaged', `Backup ${backup} in ${store.address} is damaged: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
    remedy: `Nothing was restored from it. Go to Idle and make the upgrade anew, and ${
      store.address.startsWith('/') ? 'look at the disk' : 'find out who else writes to the bucket'
    }.`,
  });
}
