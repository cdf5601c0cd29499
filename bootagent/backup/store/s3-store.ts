import { Readable } from 'node:stream';
import type { S3Client } from '../../../core/tools/s3/s3-client.ts';
import type { BackupStore } from './backup-store.ts';

/** Backups in a bucket, below a prefix. */
export class S3Store implements BackupStore {
  readonly address: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  /** @param prefix empty, or a path without slashes at its ends */
  constructor(client: S3Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.address = `${client.address}/${prefix}`.replace(/\/$/, '');
  }

  async put(key: string, data: string | Uint8Array | Readable): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    await this.#client.put(this.#prefix + key, bytes as Uint8Array | AsyncIterable<Uint8Array>);
  }

  get(key: string): Readable {
    return Readable.from(this.#client.get(this.#prefix + key), { objectMode: false });
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#client.read(this.#prefix + key);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const directory = `${this.#prefix}${prefix === '' ? '' : `${prefix}/`}`;
    const keys = await this.#client.list(directory, '/');
    return keys
      .map((key) => key.slice(directory.length).replace(/\/$/, ''))
      .filter((name) => name !== '')
      .toSorted();
  }

  async remove(prefix: string): Promise<void> {
    const whole = this.#prefix + prefix;
    const keys = await this.#client.list(whole);
    const own = keys.filter((key) => key === whole || key.startsWith(`${whole}/`));
    for (const key of own) await this.#client.remove(key);
  }
}
