import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { BACKUP_DIRECTORY } from '../../../core/contract/paths.ts';
import type { Host } from '../../../core/host/host.ts';
import type { BackupStore } from './backup-store.ts';

/** Backups in a local directory, readable by root only: they may hold secrets in clear. */
export class DirectoryStore implements BackupStore {
  readonly address: string;
  readonly #host: Host;

  /** @param directory absolute path; by default one that both stateroots see */
  constructor(host: Host, directory: string = BACKUP_DIRECTORY) {
    this.#host = host;
    this.address = directory;
  }

  async put(key: string, data: string | Uint8Array | Readable): Promise<void> {
    await this.#makePrivate(dirname(this.#path(key)));
    await this.#host.writeAtomic(this.#path(key), data, { mode: 0o600 });
  }

  get(key: string): Readable {
    return this.#host.openRead(this.#path(key));
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#host.readBytes(this.#path(key));
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#host.list(this.#path(prefix));
  }

  remove(prefix: string): Promise<void> {
    return this.#host.remove(this.#path(prefix));
  }

  /** Each level on its own: nobody else may look in while it is being filled. */
  async #makePrivate(directory: string): Promise<void> {
    if ((await this.#host.stat(directory)) !== undefined) return;
    if (directory !== this.address) await this.#makePrivate(dirname(directory));
    await this.#host.makeDirectory(directory, 0o700);
  }

  #path(key: string): string {
    return `${this.address}/${key}`;
  }
}
