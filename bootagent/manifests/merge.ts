type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

/**
 * Merges a manifest into a live object as the policy framework's `musthave` does (backup-restore.md §2.4): what the
 * manifest says holds, what only the live object has stays.
 */
export function mergeInto(live: Value, manifest: Value): Value {
  if (isFields(live)) {
    if (manifest === null) return live;
    if (!isFields(manifest)) return manifest;
    const merged: Record<string, Value> = { ...live };
    for (const [key, value] of Object.entries(manifest))
      merged[key] = key in live ? mergeInto(live[key], value) : value;
    return merged;
  }
  if (Array.isArray(live) && Array.isArray(manifest)) return mergeLists(live, manifest);
  return manifest;
}

/** The manifest's items come first, in their order; live items that none of them stands for stay behind them. */
function mergeLists(live: readonly Value[], manifest: readonly Value[]): readonly Value[] {
  const left = [...live];
  const first = manifest.map((item) => {
    const at = left.findIndex((candidate) => isCounterpart(candidate, item));
    if (at < 0) return item;
    const [counterpart] = left.splice(at, 1);
    return mergeInto(counterpart, item);
  });
  return [...first, ...left];
}

/** The same item: of the same name, or one to which the manifest's adds nothing. */
function isCounterpart(live: Value, item: Value): boolean {
  if (isFields(live) && isFields(item)) {
    const { name } = item;
    if (typeof name === 'string' && name !== '' && typeof live['name'] === 'string' && live['name'] !== '')
      return name === live['name'];
    return isEqual(mergeInto(live, item), live);
  }
  return isEqual(live, item);
}

/** Equality as the framework has it: order within lists does not count, and `1000m` is `1`. */
export function isEqual(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const left = [...b];
    return (
      a.length === b.length &&
      a.every((item) => {
        const at = left.findIndex((candidate) => isEqual(item, candidate));
        if (at >= 0) left.splice(at, 1);
        return at >= 0;
      })
    );
  }
  if (isFields(a) && isFields(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && isEqual(a[key], b[key]));
  }
  if (a === b) return true;
  const [left, right] = [quantity(a), quantity(b)];
  return left !== undefined && left === right;
}

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a Kubernetes quantity stands for; undefined for what is none. */
function quantity(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, digits, suffix = ''] = /^([+-]?\d+(?:\.\d*)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value) ?? [];
  const factor = SUFFIXES[suffix];
  return digits === undefined || factor === undefined
    ? undefined
    : Number((Number(digits) * factor).toPrecision(15));
}

function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
