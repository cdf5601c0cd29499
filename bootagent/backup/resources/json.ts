/** Values of objects whose kinds lca does not know: looked into step by step, nothing taken for granted. */
export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping at a path; undefined where there is none. */
export function mappingAt(value: unknown, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const key of path) here = isJson(here) ? here[key] : undefined;
  return isJson(here) ? here : undefined;
}

/** The text at a path; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const parent = mappingAt(value, ...path.slice(0, -1));
  const found = parent?.[path.at(-1) ?? ''];
  return typeof found === 'string' ? found : '';
}

/** The mappings of the list at a path; anything else in it is left out. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const parent = mappingAt(value, ...path.slice(0, -1));
  const found = parent?.[path.at(-1) ?? ''];
  return Array.isArray(found) ? found.filter((item) => isJson(item)) : [];
}

/** Removes a field at a path, and nothing if it is not there. */
export function removeAt(value: unknown, ...path: readonly string[]): void {
  const parent = mappingAt(value, ...path.slice(0, -1));
  if (parent !== undefined) delete parent[path.at(-1) ?? ''];
}

/** What an object is found by in the API. */
export function nameOf(item: Json): { readonly name: string; readonly namespace: string | undefined } {
  const namespace = textAt(item, 'metadata', 'namespace');
  return { name: textAt(item, 'metadata', 'name'), namespace: namespace === '' ? undefined : namespace };
}
