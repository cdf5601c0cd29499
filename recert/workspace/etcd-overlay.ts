import type { EtcdChange, EtcdClient, EtcdEntry } from '../../core/tools/etcd-client.ts';
import type { Cipher } from './cipher.ts';

interface Held {
  readonly modRevision: number;
  readonly hasLease: boolean;
  /** The beginning of what is stored, which tells how it is encrypted; undefined for a key that is to be made. */
  readonly storedStart: Uint8Array | undefined;
  /** Undefined: to be removed. */
  plain: Uint8Array | undefined;
  isChanged: boolean;
}

const NEW_KEY: Held = {
  modRevision: 0,
  hasLease: false,
  storedStart: undefined,
  plain: undefined,
  isChanged: false,
};

/** Longer than any prefix that names a provider and its key. */
const STORED_START = 1100;
const ENCRYPTED = Buffer.from('k8s:enc:');

const NO_LEASE = '0';
const NOTHING = new Uint8Array();

/**
 * The database as it will be: reads fall through to etcd, changes stay in memory until they are staged. Values are
 * plain here, whatever encryption at rest is in force.
 */
export class EtcdOverlay {
  readonly client: EtcdClient;
  readonly #cipher: Cipher;
  readonly #held = new Map<string, Held>();
  readonly #touched = new Set<string>();

  constructor(client: EtcdClient, cipher: Cipher) {
    this.client = client;
    this.#cipher = cipher;
  }

  /** Keeps an entry a scan has read, so that it need not be read again. */
  remember(entry: EtcdEntry, plain: Uint8Array): void {
    if (this.#held.has(entry.key)) return;
    const isEncrypted = Buffer.compare(entry.value.subarray(0, ENCRYPTED.length), ENCRYPTED) === 0;
    this.#held.set(entry.key, {
      modRevision: entry.modRevision,
      hasLease: entry.lease !== NO_LEASE,
      // Copies: the bytes received are a part of a whole page.
      storedStart: Uint8Array.from(entry.value.subarray(0, isEncrypted ? STORED_START : ENCRYPTED.length)),
      plain: Uint8Array.from(plain),
      isChanged: false,
    });
  }

  /** The value of a key as it will be; undefined if there is or will be none. */
  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#hold(key))?.plain;
  }

  /** The keys under a prefix as they will be, in order. */
  async keys(prefix: string): Promise<readonly string[]> {
    const keys = new Set(await this.client.keys(prefix));
    for (const [key, { plain }] of this.#held) {
      if (!key.startsWith(prefix)) continue;
      if (plain === undefined) keys.delete(key);
      else keys.add(key);
    }
    return [...keys].toSorted();
  }

  /**
   * Keys and values under a prefix as they will be, read in pages and not kept: for looking through many to change a
   * few. A change made in between to a key that is still to come may or may not be seen.
   */
  async *entries(prefix: string): AsyncGenerator<readonly [key: string, plain: Uint8Array]> {
    const held = [...this.#held].filter(([key]) => key.startsWith(prefix));
    const seen = new Set(held.map(([key]) => key));
    for (const [key, { plain }] of held) if (plain !== undefined) yield [key, plain];
    for await (const page of this.client.range(prefix)) {
      for (const { key, value } of page) if (!seen.has(key)) yield [key, this.#cipher.open(key, value)];
    }
  }

  /** Sets a key's value. */
  async put(key: string, plain: Uint8Array): Promise<void> {
    const held = (await this.#hold(key)) ?? { ...NEW_KEY };
    if (held.plain === undefined || Buffer.compare(held.plain, plain) !== 0) held.isChanged = true;
    held.plain = plain;
    this.#held.set(key, held);
  }

  /** Changes a key's value if it is there. @returns whether it was */
  async edit(key: string, change: (plain: Uint8Array) => Uint8Array): Promise<boolean> {
    const plain = await this.get(key);
    if (plain === undefined) return false;
    await this.put(key, change(plain));
    return true;
  }

  /** Removes a key; nothing there is fine. */
  async remove(key: string): Promise<void> {
    const held = await this.#hold(key);
    if (held === undefined) return;
    held.isChanged ||= held.plain !== undefined;
    held.plain = undefined;
  }

  /** Removes all keys under a prefix, of which there may be many. @returns them */
  async removeAll(prefix: string): Promise<readonly string[]> {
    for await (const page of this.client.range(prefix)) {
      for (const entry of page) this.remember(entry, NOTHING);
    }
    const keys = [...this.#held.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) await this.remove(key);
    return keys;
  }

  /** Has a key written again though its plain value does not change: with another encryption key. */
  async touch(key: string): Promise<void> {
    if ((await this.#hold(key)) !== undefined) this.#touched.add(key);
  }

  /** What {@link touch} was called for, as containers. */
  touched(): readonly string[] {
    return [...this.#touched].map((key) => `etcd:${key}`);
  }

  /** All changes, in key order, and lets go of each as it is taken: for staging, after which nothing is asked again. */
  *take(): Generator<EtcdChange> {
    const changed = [...this.#held]
      .filter(([key, { isChanged }]) => isChanged || this.#touched.has(key))
      .map(([key]) => key)
      .toSorted();
    const isDue = new Set(changed);
    for (const key of [...this.#held.keys()]) if (!isDue.has(key)) this.#held.delete(key);
    for (const key of changed) {
      const held = this.#held.get(key);
      this.#held.delete(key);
      // A key that was made and removed again never was.
      if (held === undefined || (held.plain === undefined && held.storedStart === undefined)) continue;
      yield this.#change(key, held);
    }
    this.#touched.clear();
  }

  #change(key: string, { modRevision, hasLease, storedStart, plain }: Held): EtcdChange {
    if (plain === undefined) return { key, ifModRevision: modRevision, remove: true };
    return { key, ifModRevision: modRevision, put: this.#cipher.seal(key, plain, storedStart), hasLease };
  }

  async #hold(key: string): Promise<Held | undefined> {
    const held = this.#held.get(key);
    if (held !== undefined) return held;
    const entry = await this.client.get(key);
    if (entry === undefined) return undefined;
    this.remember(entry, this.#cipher.open(key, entry.value));
    return this.#held.get(key);
  }
}
