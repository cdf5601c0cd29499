import type { EtcdChange, EtcdClient, EtcdEntry } from '../../core/tools/etcd-client.ts';
import type { Cipher } from './cipher.ts';

interface Held {
  /** As it is in the database; undefined for a key that is to be made. */
  readonly before: EtcdEntry | undefined;
  readonly plainBefore: Uint8Array | undefined;
  /** Undefined: to be removed. */
  plain: Uint8Array | undefined;
}

/** A changed value, plain and as it will be stored. */
export interface EtcdEdit {
  readonly key: string;
  readonly plainBefore: Uint8Array | undefined;
  readonly plain: Uint8Array | undefined;
  readonly change: EtcdChange;
}

const NO_LEASE = '0';

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
    // A copy: the bytes received are a part of a whole page.
    const value = Uint8Array.from(entry.value);
    const own = plain === entry.value ? value : plain;
    this.#held.set(entry.key, { before: { ...entry, value }, plainBefore: own, plain: own });
  }

  /** Lets go of everything held; for when it has been staged. */
  forget(): void {
    this.#held.clear();
    this.#touched.clear();
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

  /** Sets a key's value. */
  async put(key: string, plain: Uint8Array): Promise<void> {
    const held = (await this.#hold(key)) ?? { before: undefined, plainBefore: undefined, plain: undefined };
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
    if (held !== undefined) held.plain = undefined;
  }

  /** Has a key written again though its plain value does not change: with another encryption key. */
  async touch(key: string): Promise<void> {
    if ((await this.#hold(key)) !== undefined) this.#touched.add(key);
  }

  /** What {@link touch} was called for, as containers. */
  touched(): readonly string[] {
    return [...this.#touched].map((key) => `etcd:${key}`);
  }

  /** All changes, in key order. */
  edits(): readonly EtcdEdit[] {
    return [...this.#held]
      .filter(([key, held]) => this.#touched.has(key) || !sameBytes(held.plainBefore, held.plain))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => ({
        key,
        plainBefore: held.plainBefore,
        plain: held.plain,
        change: this.#change(key, held),
      }));
  }

  #change(key: string, { before, plain }: Held): EtcdChange {
    const ifModRevision = before?.modRevision ?? 0;
    if (plain === undefined) return { key, ifModRevision, remove: true };
    const put = this.#cipher.seal(key, plain, before?.value);
    return { key, ifModRevision, put, hasLease: before !== undefined && before.lease !== NO_LEASE };
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

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || Buffer.compare(a, b) === 0;
}
