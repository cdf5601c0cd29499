import type { Readable } from 'node:stream';

/** Where backups lie, laid out as a bucket's prefix: keys are relative paths with `/`. */
export interface BackupStore {
  /** For messages: `/ostree/lca/backup`. */
  readonly address: string;
  /** Stores an object; it is there whole or not at all. */
  put(key: string, data: string | Uint8Array | Readable): Promise<void>;
  /** A stream of the object's bytes; it fails if there is no such object. */
  get(key: string): Readable;
  /** The object's bytes, for small ones; undefined if it is not there. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Names directly below a prefix such as `backups`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Removes an object, or all below a prefix. */
  remove(prefix: string): Promise<void>;
}
