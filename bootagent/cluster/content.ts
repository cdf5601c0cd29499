import { isDeepStrictEqual } from 'node:util';

/** What a request says, by file and by resource alike: the spec as written, and annotations that are lca's. */
export interface Content {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a request that was never made says. */
export const UNASKED: Content = { spec: { stage: 'Idle' }, annotations: {} };

/** Annotations that mean something to lca; all others are the cluster's business or the file's. */
export function ownAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([name]) => name.includes('lca.openshift.io/')),
  );
}

/** Whether two say the same; a field that is null or absent says nothing. */
export function sameContent(a: Content, b: Content): boolean {
  return same(a.spec, b.spec) && same(a.annotations, b.annotations);
}

/** What was last seen on either side of the door. */
export interface Seen {
  readonly file: Content;
  readonly resource: Content;
}

/**
 * Brings file and resource together, field by field of the spec and annotation by annotation. Changed is what differs
 * from what was last seen on that side: a field that changed on one side is taken over to the other; where both changed
 * it, the file's holds, for the agent may have acted on it already. A field that changed on neither side stays as it
 * is on both, also where they differ because the API server does not keep it.
 *
 * @param seen undefined: file and resource never met. What only one of them has is taken over then
 */
export function reconciled(seen: Seen | undefined, file: Content, resource: Content): Seen {
  const spec = fields(seen?.file.spec ?? {}, seen?.resource.spec ?? {}, file.spec, resource.spec);
  const annotations = fields(
    seen?.file.annotations ?? {},
    seen?.resource.annotations ?? {},
    file.annotations,
    resource.annotations,
  );
  return {
    file: { spec: spec.file, annotations: annotations.file },
    resource: { spec: spec.resource, annotations: annotations.resource },
  };
}

type Fields<Value> = Readonly<Record<string, Value>>;

function fields<Value>(
  seenFile: Fields<Value>,
  seenResource: Fields<Value>,
  file: Fields<Value>,
  resource: Fields<Value>,
): { readonly file: Fields<Value>; readonly resource: Fields<Value> } {
  const [intoFile, intoResource]: [string, Value][][] = [[], []];
  for (const name of new Set([...Object.keys(file), ...Object.keys(resource)])) {
    const fileChanged = !same(file[name], seenFile[name]);
    const resourceChanged = !same(resource[name], seenResource[name]);
    const inFile = fileChanged || !resourceChanged ? file[name] : resource[name];
    const inResource = fileChanged ? file[name] : resource[name];
    if (inFile !== undefined) intoFile?.push([name, inFile]);
    if (inResource !== undefined) intoResource?.push([name, inResource]);
  }
  return { file: Object.fromEntries(intoFile ?? []), resource: Object.fromEntries(intoResource ?? []) };
}

function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutNulls(a), withoutNulls(b));
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
