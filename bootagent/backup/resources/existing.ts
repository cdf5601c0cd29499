import { isDeepStrictEqual } from 'node:util';
import { isJson, type Json, listAt, mappingAt } from './json.ts';
import { stripped } from './prepare-item.ts';

/** What is to become of an object that is there already. */
export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'different' }
  | { readonly kind: 'patch'; readonly patch: Json };

/**
 * Compares a live object with the one to be restored, both without what a cluster adds, the live one with the restore's
 * labels (backup-restore.md 3.8).
 */
export function judgeExisting(
  resource: string,
  live: Json,
  wanted: Json,
  labels: Readonly<Record<string, string>>,
  policy: 'none' | 'update' | null,
): Verdict {
  const plain = stripped(live);
  const metadata = mappingAt(plain, 'metadata') ?? {};
  metadata['labels'] = { ...mappingAt(metadata, 'labels'), ...labels };
  if (isDeepStrictEqual(plain, wanted)) return { kind: 'equal' };
  if (resource === 'serviceaccounts') {
    const patch = lackingOfAccount(plain, wanted, stripped(live));
    return Object.keys(patch).length === 0 ? { kind: 'equal' } : { kind: 'patch', patch };
  }
  if (policy === 'update') return { kind: 'patch', patch: mergePatch(stripped(live), wanted) };
  return { kind: 'different' };
}

/** The JSON merge patch (RFC 7386) that turns one object into the other. */
export function mergePatch(from: Json, to: Json): Json {
  const patch: Json = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (isJson(before) && isJson(value)) {
      const inner = mergePatch(before, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isDeepStrictEqual(before, value)) patch[key] = value;
  }
  return patch;
}

/** A ServiceAccount keeps what it has and gets what it lacks: a patch with just that. */
function lackingOfAccount(labelled: Json, wanted: Json, live: Json): Json {
  const joined = (key: string): Json => {
    const has = listAt(live, key);
    const lacks = listAt(wanted, key).filter((one) => !has.some((other) => other['name'] === one['name']));
    return lacks.length === 0 ? {} : { [key]: [...has, ...lacks] };
  };
  const texts = (key: string): Json => {
    const has = mappingAt(live, 'metadata', key) ?? {};
    const all = { ...mappingAt(wanted, 'metadata', key), ...mappingAt(labelled, 'metadata', key) };
    return isDeepStrictEqual({ ...has }, all) ? {} : { [key]: all };
  };
  const metadata = { ...texts('labels'), ...texts('annotations') };
  return {
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...joined('secrets'),
    ...joined('imagePullSecrets'),
  };
}
