import type { NamedType } from './filters.ts';
import { type Json, mappingAt, textAt } from './json.ts';

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * The kinds of an archive's items, with the names they can be called by: from the items themselves, and from their
 * definitions where those are archived too.
 */
export function archivedTypes(archive: ReadonlyMap<string, readonly Json[]>): readonly NamedType[] {
  return [...archive].map(([resource, [first]]) => {
    const [plural = '', ...group] = resource.split('.');
    const definition = archive.get(CRDS)?.find((each) => textAt(each, 'metadata', 'name') === resource);
    const names = mappingAt(definition, 'spec', 'names');
    const short = names?.['shortNames'];
    return {
      plural,
      group: group.join('.'),
      namespaced: textAt(first, 'metadata', 'namespace') !== '',
      aliases: [
        textAt(first, 'kind').toLowerCase(),
        textAt(names, 'singular'),
        ...(Array.isArray(short) ? short.map(String) : []),
      ].filter((alias) => alias !== ''),
    };
  });
}
