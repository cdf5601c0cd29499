import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { CodecError } from '../codec-error.ts';
import { concatBytes } from '../splice.ts';
import { fromUtf8, latin1, utf8 } from '../text.ts';
import type { CipherKey, CipherName, Provider } from './configuration.ts';

const IV_LENGTH: Readonly<Record<CipherName, number>> = { aescbc: 16, aesgcm: 12, secretbox: 24 };
const GCM_TAG_LENGTH = 16;
/** `k8s:enc:<provider>:v1:<key name>:` before an encrypted value. */
const PREFIX = /^k8s:enc:([a-z0-9]+):(v\d+):([^:]{1,1000}):/;

/** What stands before an encrypted value. */
export interface EncryptionPrefix {
  /** `aescbc`, `aesgcm`, `secretbox`, `kms`, or a newer one. */
  readonly provider: string;
  readonly keyName: string;
  /** Bytes the prefix takes. */
  readonly length: number;
}

export interface Decrypted {
  readonly plain: Uint8Array;
  /** The key that opened it; undefined for a value that was plain. */
  readonly key: CipherKey | undefined;
}

const ENCRYPTED = Buffer.from('k8s:enc:');

/** The prefix of an encrypted value; undefined for plain ones. @throws CodecError `malformed` for half a prefix */
export function encryptionPrefixOf(stored: Uint8Array): EncryptionPrefix | undefined {
  for (let at = 0; at < ENCRYPTED.length; at += 1) if (stored[at] !== ENCRYPTED[at]) return undefined;
  const match = PREFIX.exec(latin1(stored.subarray(0, 1100)));
  if (match === null)
    throw new CodecError('malformed', 'the prefix of the encrypted value has no end', {
      format: 'encryption',
    });
  const length = match[0].length;
  return {
    provider: match[1] as string,
    keyName: utf8(stored.subarray(0, length)).split(':')[4] as string,
    length,
  };
}

/**
 * The plain value of a stored one, with whichever key of the providers has the prefix's name.
 *
 * @param etcdKey the whole key in etcd, which aesgcm authenticates
 * @throws CodecError `unsupported` for kms, `wrong-key` when no key opens it
 */
export function decryptStored(
  stored: Uint8Array,
  etcdKey: string,
  providers: readonly Provider[],
): Decrypted {
  const prefix = encryptionPrefixOf(stored);
  if (prefix === undefined) return { plain: stored, key: undefined };
  if (!Object.hasOwn(IV_LENGTH, prefix.provider)) {
    throw new CodecError(
      'unsupported',
      `values encrypted by ${prefix.provider} cannot be opened without its plugin`,
      {
        format: 'encryption',
        path: etcdKey,
        remedy:
          'Switch the cluster to aescbc, aesgcm, secretbox or identity and let it rewrite its values first.',
      },
    );
  }
  const data = stored.subarray(prefix.length);
  for (const key of cipherKeys(providers)) {
    if (key.provider !== prefix.provider || key.name !== prefix.keyName) continue;
    const plain = open(key, data, etcdKey);
    if (plain !== undefined) return { plain, key };
  }
  throw new CodecError('wrong-key', `no ${prefix.provider} key named ${prefix.keyName} opens the value`, {
    format: 'encryption',
    path: etcdKey,
  });
}

/** A value as the API server stores it under a key: prefix, fresh random IV or nonce, ciphertext. */
export function encryptStored(plain: Uint8Array, etcdKey: string, key: CipherKey): Uint8Array {
  const prefix = fromUtf8(`k8s:enc:${key.provider}:v1:${key.name}:`);
  const iv = new Uint8Array(randomBytes(IV_LENGTH[key.provider]));
  return concatBytes([prefix, iv, seal(key, plain, iv, etcdKey)]);
}

/**
 * The key new values are written with: the first one of the first provider; undefined when that is identity.
 *
 * @throws CodecError `unsupported` for kms
 */
export function writingKey(providers: readonly Provider[]): CipherKey | undefined {
  const [first] = providers;
  if (first === undefined || first.provider === 'identity') return undefined;
  if (first.provider === 'kms') {
    throw new CodecError('unsupported', `values cannot be encrypted by the kms plugin ${first.name}`, {
      format: 'encryption',
    });
  }
  return first.keys[0];
}

function cipherKeys(providers: readonly Provider[]): readonly CipherKey[] {
  return providers.flatMap((provider) => ('keys' in provider ? provider.keys : []));
}

function seal(key: CipherKey, plain: Uint8Array, iv: Uint8Array, etcdKey: string): Uint8Array {
  switch (key.provider) {
    case 'aescbc': {
      const cipher = createCipheriv(`aes-${key.secret.length * 8}-cbc`, key.secret, iv);
      return concatBytes([cipher.update(plain), cipher.final()]);
    }
    case 'aesgcm': {
      const cipher = createCipheriv(gcmName(key), key.secret, iv);
      cipher.setAAD(fromUtf8(etcdKey));
      return concatBytes([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    }
    case 'secretbox':
      return xsalsa20poly1305(key.secret, iv).encrypt(plain);
  }
}

/** The plain bytes; undefined when the key or the data are wrong. */
function open(key: CipherKey, data: Uint8Array, etcdKey: string): Uint8Array | undefined {
  const iv = data.subarray(0, IV_LENGTH[key.provider]);
  const sealed = data.subarray(iv.length);
  if (iv.length < IV_LENGTH[key.provider]) return undefined;
  try {
    switch (key.provider) {
      case 'aescbc': {
        const decipher = createDecipheriv(`aes-${key.secret.length * 8}-cbc`, key.secret, iv);
        return concatBytes([decipher.update(sealed), decipher.final()]);
      }
      case 'aesgcm': {
        if (sealed.length < GCM_TAG_LENGTH) return undefined;
        const decipher = createDecipheriv(gcmName(key), key.secret, iv, { authTagLength: GCM_TAG_LENGTH });
        decipher.setAAD(fromUtf8(etcdKey));
        decipher.setAuthTag(sealed.subarray(-GCM_TAG_LENGTH));
        return concatBytes([decipher.update(sealed.subarray(0, -GCM_TAG_LENGTH)), decipher.final()]);
      }
      case 'secretbox':
        return xsalsa20poly1305(key.secret, iv).decrypt(sealed);
    }
  } catch {
    return undefined;
  }
}

function gcmName({ secret }: CipherKey): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return `aes-${(secret.length * 8) as 128 | 192 | 256}-gcm`;
}
