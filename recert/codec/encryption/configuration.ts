import { parseDocument } from 'yaml';
import { z } from 'zod';
import { CodecError } from '../codec-error.ts';

export type CipherName = 'aescbc' | 'aesgcm' | 'secretbox';

/** A named key of one of the providers lca can use. */
export interface CipherKey {
  readonly provider: CipherName;
  readonly name: string;
  readonly secret: Uint8Array;
}

/** One provider of an entry, in the order of the file. */
export type Provider =
  | { readonly provider: CipherName; readonly keys: readonly CipherKey[] }
  | { readonly provider: 'identity' }
  | { readonly provider: 'kms'; readonly name: string };

export interface EncryptedResources {
  /** `secrets`, `routes.route.openshift.io`, `*.apps`, `*.` (the core group), `*.*`. */
  readonly resources: readonly string[];
  readonly providers: readonly Provider[];
}

/** An `EncryptionConfiguration` of the API server (apiserver.config.k8s.io/v1). */
export interface EncryptionConfiguration {
  readonly entries: readonly EncryptedResources[];
}

/** Key lengths in bytes each provider takes. */
export const KEY_LENGTHS: Readonly<Record<CipherName, readonly number[]>> = {
  aescbc: [16, 24, 32],
  aesgcm: [16, 24, 32],
  secretbox: [32],
};

const keys = z.strictObject({
  keys: z.array(z.strictObject({ name: z.string().regex(/^[^:]+$/), secret: z.base64() })).min(1),
});
const provider = z.union([
  z.strictObject({ aescbc: keys }),
  z.strictObject({ aesgcm: keys }),
  z.strictObject({ secretbox: keys }),
  z.strictObject({ identity: z.union([z.strictObject({}), z.null()]) }),
  z.strictObject({ kms: z.looseObject({ name: z.string() }) }),
]);
const schema = z.looseObject({
  kind: z.literal('EncryptionConfiguration'),
  apiVersion: z.literal('apiserver.config.k8s.io/v1'),
  resources: z.array(
    z.strictObject({ resources: z.array(z.string()).min(1), providers: z.array(provider).min(1) }),
  ),
});

/**
 * Reads an EncryptionConfiguration, YAML or JSON.
 *
 * @throws CodecError `malformed` with the field's path, `invalid-value` for a key of a wrong length; never with a secret
 */
export function parseEncryptionConfiguration(text: string): EncryptionConfiguration {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new CodecError('malformed', 'the configuration is no YAML', {
      format: 'encryption',
      offset: error.pos[0],
    });
  }
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = `/${(issue?.path ?? []).join('/')}`;
    throw new CodecError('malformed', 'the configuration is not as the API server defines it', {
      format: 'encryption',
      path,
    });
  }
  return {
    entries: parsed.data.resources.map(({ resources, providers }, i) => ({
      resources,
      providers: providers.map((inner, j) => readProvider(inner, `/resources/${i}/providers/${j}`)),
    })),
  };
}

function readProvider(inner: z.infer<typeof provider>, path: string): Provider {
  if ('identity' in inner) return { provider: 'identity' };
  if ('kms' in inner) return { provider: 'kms', name: inner.kms.name };
  if ('aescbc' in inner) return { provider: 'aescbc', keys: readKeys('aescbc', inner.aescbc.keys, path) };
  if ('aesgcm' in inner) return { provider: 'aesgcm', keys: readKeys('aesgcm', inner.aesgcm.keys, path) };
  return { provider: 'secretbox', keys: readKeys('secretbox', inner.secretbox.keys, path) };
}

function readKeys(
  name: CipherName,
  entries: readonly { readonly name: string; readonly secret: string }[],
  path: string,
): readonly CipherKey[] {
  return entries.map((entry, i) => {
    const secret = new Uint8Array(Buffer.from(entry.secret, 'base64'));
    if (!KEY_LENGTHS[name].includes(secret.length)) {
      throw new CodecError('invalid-value', `a key of ${name} cannot have ${secret.length} bytes`, {
        format: 'encryption',
        path: `${path}/${name}/keys/${i}/secret`,
      });
    }
    return { provider: name, name: entry.name, secret };
  });
}

/**
 * The providers that hold for a resource: those of the first entry that names it or its group. None means plain values.
 *
 * @param group empty for the core group
 */
export function providersFor(
  configuration: EncryptionConfiguration,
  resource: string,
  group: string,
): readonly Provider[] {
  const names = [group === '' ? resource : `${resource}.${group}`, `*.${group}`, '*.*'];
  const entry = configuration.entries.find(({ resources }) => resources.some((name) => names.includes(name)));
  return entry?.providers ?? [];
}
