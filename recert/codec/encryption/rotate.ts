import { editJson, type JsonEdit } from '../json/index.ts';
import { editYaml } from '../yaml/index.ts';
import {
  type CipherKey,
  type EncryptionConfiguration,
  parseEncryptionConfiguration,
} from './configuration.ts';

export interface Rotation {
  /** The configuration's text with every key replaced; all else in it is as it was. */
  readonly text: string;
  readonly before: EncryptionConfiguration;
  readonly after: EncryptionConfiguration;
}

/**
 * Gives every key of a configuration a new secret of the same length and a name no old key has, so that a value's
 * prefix tells for sure whether it is written anew. Order and number of keys stay; identity and kms stay.
 *
 * @param text YAML or JSON
 * @param makeSecret random bytes of a length
 * @throws CodecError as `parseEncryptionConfiguration`
 */
export function rotateKeys(text: string, makeSecret: (length: number) => Uint8Array): Rotation {
  const before = parseEncryptionConfiguration(text);
  const nextName = freshNames(before);
  const edits: (JsonEdit & { readonly string: string })[] = [];
  before.entries.forEach(({ providers }, i) => {
    providers.forEach((provider, j) => {
      if (!('keys' in provider)) return;
      provider.keys.forEach((key, k) => {
        const pointer = `/resources/${i}/providers/${j}/${provider.provider}/keys/${k}`;
        const secret = Buffer.from(makeSecret(key.secret.length)).toString('base64');
        edits.push(
          { pointer: `${pointer}/name`, string: nextName(key) },
          { pointer: `${pointer}/secret`, string: secret },
        );
      });
    });
  });
  const rotated = /^\s*\{/.test(text) ? editJson(text, edits) : editYaml(text, edits);
  return { text: rotated, before, after: parseEncryptionConfiguration(rotated) };
}

/** Counts on from the highest number that the names of the same stem end in: `key1`, `key2` become `key3`, `key4`. */
function freshNames(configuration: EncryptionConfiguration): (key: CipherKey) => string {
  const highest = new Map<string, number>();
  const fresh = new Map<string, string>();
  for (const { name } of allKeys(configuration)) {
    const { stem, number } = splitName(name);
    highest.set(stem, Math.max(highest.get(stem) ?? 0, number));
  }
  return ({ name }) => {
    const known = fresh.get(name);
    if (known !== undefined) return known;
    const { stem } = splitName(name);
    const number = (highest.get(stem) ?? 0) + 1;
    highest.set(stem, number);
    fresh.set(name, `${stem}${number}`);
    return `${stem}${number}`;
  };
}

function splitName(name: string): { readonly stem: string; readonly number: number } {
  const [, stem = name, digits = '0'] = /^(.*?)(\d{0,9})$/s.exec(name) ?? [];
  return { stem, number: Number(digits === '' ? '0' : digits) };
}

function allKeys({ entries }: EncryptionConfiguration): readonly CipherKey[] {
  return entries.flatMap(({ providers }) =>
    providers.flatMap((provider) => ('keys' in provider ? provider.keys : [])),
  );
}
