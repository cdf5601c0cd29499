import { randomBytes } from 'node:crypto';
import { messageOf } from '../../core/errors/lca-error.ts';
import {
  type CipherKey,
  decryptStored,
  type EncryptionConfiguration,
  encryptionPrefixOf,
  encryptStored,
  type Provider,
  parseEncryptionConfiguration,
  rotateKeys,
  writingKey,
} from '../codec/encryption/index.ts';
import { RecertError } from '../recert-error.ts';
import { parseEtcdKey } from '../scan/etcd-key.ts';
import type { Cipher } from '../workspace/cipher.ts';

/** One configuration as it was and as it will be. */
interface Held {
  readonly before: EncryptionConfiguration;
  readonly after: EncryptionConfiguration;
  /** The new text, by the old text: the same configuration may be written down in several ways. */
  readonly texts: Map<string, string>;
  readonly secrets: readonly Uint8Array[];
}

/** Resources of the core group, as far as anyone encrypts them. */
const CORE = new Set(['secrets', 'configmaps', 'pods', 'events', 'endpoints', 'serviceaccounts', 'services']);

/**
 * All encryption-at-rest configurations of a cluster: opens values with the old keys (or the new ones, after a commit)
 * and closes them with the new.
 */
export class KeyRing implements Cipher {
  readonly #configurations = new Map<string, Held>();
  readonly #providers: Provider[] = [];

  /** Whether any configuration was found. */
  get isEmpty(): boolean {
    return this.#configurations.size === 0;
  }

  /**
   * Takes up a configuration and decides its successor.
   *
   * @param replacement the configuration a user wants instead; otherwise every key gets a new secret
   * @returns whether the text is a configuration at all
   */
  add(text: string, replacement?: string): boolean {
    let before: EncryptionConfiguration;
    try {
      before = parseEncryptionConfiguration(text);
    } catch {
      return false;
    }
    const name = JSON.stringify(before);
    const known = this.#configurations.get(name);
    if (known === undefined) this.#enter(name, text, before, replacement);
    else if (!known.texts.has(text)) {
      const rest = known.secrets.values();
      const again =
        replacement ?? rotateKeys(text, (length) => rest.next().value ?? randomBytes(length)).text;
      known.texts.set(text, again);
    }
    return true;
  }

  /** The new text of a configuration; undefined for a text that is none. */
  successorOf(text: string): string | undefined {
    for (const { texts } of this.#configurations.values()) {
      const successor = texts.get(text);
      if (successor !== undefined) return successor;
    }
    return undefined;
  }

  /** The key that takes an old raw secret's place. */
  successorOfSecret(
    secret: Uint8Array,
  ): { readonly before: CipherKey; readonly after: CipherKey } | undefined {
    for (const { before, after } of this.#configurations.values()) {
      const old = keysOf(before.entries.flatMap(({ providers }) => providers));
      const at = old.findIndex((key) => Buffer.compare(key.secret, secret) === 0);
      const oldKey = old[at];
      const newKey = keysOf(after.entries.flatMap(({ providers }) => providers))[at];
      if (oldKey !== undefined && newKey !== undefined) return { before: oldKey, after: newKey };
    }
    return undefined;
  }

  open(key: string, stored: Uint8Array): Uint8Array {
    try {
      return decryptStored(stored, key, this.#providers).plain;
    } catch (cause) {
      throw new RecertError('encrypted', `The value of ${key} cannot be decrypted: ${messageOf(cause)}`, {
        cause,
        remedy: 'Name the EncryptionConfiguration with --encryption-config.',
      });
    }
  }

  seal(key: string, plain: Uint8Array, before: Uint8Array | undefined): Uint8Array {
    const writer = this.#writerFor(key, before);
    return writer === undefined ? plain : encryptStored(plain, key, writer);
  }

  /** Whether a value must be written again, because its key is replaced. */
  isStale(key: string, stored: Uint8Array): boolean {
    return encryptionPrefixOf(stored) !== undefined && this.#writerFor(key, stored) !== undefined;
  }

  #enter(name: string, text: string, before: EncryptionConfiguration, replacement: string | undefined): void {
    const secrets: Uint8Array[] = [];
    const makeSecret = (length: number): Uint8Array => {
      const secret = randomBytes(length);
      secrets.push(secret);
      return secret;
    };
    const rotated = replacement ?? rotateKeys(text, makeSecret).text;
    const after = parseEncryptionConfiguration(rotated);
    this.#configurations.set(name, { before, after, texts: new Map([[text, rotated]]), secrets });
    for (const { entries } of [before, after]) {
      this.#providers.push(...entries.flatMap(({ providers }) => providers));
    }
  }

  /** The new key for a value: of the configuration its old key is in, else of any that covers its resource. */
  #writerFor(key: string, before: Uint8Array | undefined): CipherKey | undefined {
    const prefix = before === undefined ? undefined : encryptionPrefixOf(before);
    const all = this.#configurations.values().toArray();
    const holders =
      prefix === undefined
        ? all
        : all.filter(({ before: { entries } }) =>
            keysOf(providersOf(entries, key)).some(
              ({ provider, name }) => provider === prefix.provider && name === prefix.keyName,
            ),
          );
    for (const { after } of holders) {
      const providers = providersOf(after.entries, key);
      if (providers.length > 0) return writingKey(providers);
    }
    return undefined;
  }
}

/** The providers that hold for an etcd key. Keys of built-in resources do not tell the group, so the name decides. */
function providersOf(entries: EncryptionConfiguration['entries'], key: string): readonly Provider[] {
  const parsed = parseEtcdKey(key);
  if (parsed === undefined) return [];
  const [group, plural] = parsed.resource.includes('/')
    ? (parsed.resource.split('/') as [string, string])
    : ['', parsed.resource];
  const name = group === 'oauth' ? `oauth${plural}` : plural;
  const covers = (pattern: string): boolean => {
    const [resource = '', ...rest] = pattern.split('.');
    if (pattern === '*.*') return true;
    if (pattern === '*.') return CORE.has(name);
    if (resource === '*') return rest.join('.') === group;
    return resource === name;
  };
  return entries.find(({ resources }) => resources.some(covers))?.providers ?? [];
}

function keysOf(providers: readonly Provider[]): readonly CipherKey[] {
  return providers.flatMap((provider) => ('keys' in provider ? provider.keys : []));
}
