import type { Backup } from '../../../core/contract/velero/backup.ts';
import type { Restore } from '../../../core/contract/velero/restore.ts';

/** A kind that is served or archived, as far as filters care. */
export interface NamedType {
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly aliases: readonly string[];
}

/** `deployments.apps`, `pods` */
export function groupResource({ group, plural }: Pick<NamedType, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Decides by an include and an exclude list; nothing or `*` included means all. */
export function passes(included: readonly string[], excluded: readonly string[], name: string): boolean {
  if (excluded.includes('*') || excluded.includes(name)) return false;
  return included.length === 0 || included.includes('*') || included.includes(name);
}

/**
 * Names of resources as `resource.group`, whatever form they were given in: plural, singular, short, with the group or
 * without. A name that no known kind has stays as it is.
 */
export function resolved(names: readonly string[], types: readonly NamedType[]): readonly string[] {
  return names.flatMap((name) => {
    if (name === '*') return [name];
    const [word = '', ...rest] = name.toLowerCase().split('.');
    const group = rest.join('.');
    const found = types.filter(
      (type) =>
        (type.plural === word || type.aliases.includes(word)) && (group === '' || type.group === group),
    );
    return found.length === 0 ? [name] : found.map((type) => groupResource(type));
  });
}

/** Which kinds and namespaces a Backup takes in by itself (backup-restore.md 3.4). */
export class BackupFilter {
  readonly #spec: Backup['spec'];
  readonly #types: readonly NamedType[];
  readonly #isScoped: boolean;

  constructor(spec: Backup['spec'], types: readonly NamedType[]) {
    this.#spec = spec;
    this.#types = types;
    const scoped = [
      spec.includedClusterScopedResources,
      spec.excludedClusterScopedResources,
      spec.includedNamespaceScopedResources,
      spec.excludedNamespaceScopedResources,
    ];
    this.#isScoped = scoped.some((names) => names.length > 0);
  }

  /** Namespaces to list in; undefined for all. */
  get onlyNamespaces(): readonly string[] | undefined {
    const { includedNamespaces } = this.#spec;
    return includedNamespaces.length === 0 || includedNamespaces.includes('*')
      ? undefined
      : includedNamespaces;
  }

  takesNamespace(namespace: string): boolean {
    return passes(this.#spec.includedNamespaces, this.#spec.excludedNamespaces, namespace);
  }

  /** Whether objects of a kind are collected. Namespaces themselves follow from what lies in them. */
  takesType(type: NamedType): boolean {
    const name = groupResource(type);
    if (this.#isScoped) return this.#takesScoped(type, name);
    if (!this.#passes('Resources', name)) return false;
    if (type.namespaced) return true;
    return this.#spec.includeClusterResources ?? this.onlyNamespaces === undefined;
  }

  /** Whether an object that another one needs comes along: unless it is excluded in so many words. */
  takesRelated(type: NamedType): boolean {
    const name = groupResource(type);
    if (type.namespaced) return this.takesType(type);
    if (this.#isScoped) return passes([], this.#excluded('ClusterScopedResources'), name);
    return this.#spec.includeClusterResources !== false && passes([], this.#excluded('Resources'), name);
  }

  /** Whether a kind is named at all, to be taken or left: then it does not come along unasked. */
  names(type: NamedType): boolean {
    const name = groupResource(type);
    return (['Resources', 'ClusterScopedResources'] as const).some(
      (list) =>
        resolved(this.#spec[`included${list}`], this.#types).includes(name) ||
        this.#excluded(list).includes(name),
    );
  }

  #takesScoped(type: NamedType, name: string): boolean {
    if (type.namespaced) return this.#passes('NamespaceScopedResources', name);
    const { includedClusterScopedResources, includedNamespaceScopedResources } = this.#spec;
    const isFull =
      includedClusterScopedResources.length === 0 &&
      includedNamespaceScopedResources.length === 0 &&
      this.onlyNamespaces === undefined;
    if (!isFull && includedClusterScopedResources.length === 0) return false;
    return this.#passes('ClusterScopedResources', name);
  }

  #passes(list: 'Resources' | 'ClusterScopedResources' | 'NamespaceScopedResources', name: string): boolean {
    return passes(resolved(this.#spec[`included${list}`], this.#types), this.#excluded(list), name);
  }

  #excluded(list: 'Resources' | 'ClusterScopedResources' | 'NamespaceScopedResources'): readonly string[] {
    return resolved(this.#spec[`excluded${list}`], this.#types);
  }
}

type Selector = NonNullable<Backup['spec']['labelSelector']>;

/** A selector in the API's own words: `app=x,tier in (a,b),!old`. */
export function selectorText({ matchLabels, matchExpressions }: Selector): string {
  const parts = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of matchExpressions) {
    if (operator === 'Exists') parts.push(key);
    else if (operator === 'DoesNotExist') parts.push(`!${key}`);
    else parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`);
  }
  return parts.join(',');
}

/** Whether labels match one of the spec's selectors; without any, everything does. */
export function matchesLabels(
  spec: Pick<Backup['spec'] | Restore['spec'], 'labelSelector' | 'orLabelSelectors'>,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (spec.labelSelector !== null) return matches(spec.labelSelector, labels);
  return spec.orLabelSelectors.length === 0 || spec.orLabelSelectors.some((one) => matches(one, labels));
}

function matches(
  { matchLabels, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return operator satisfies never;
      }
    })
  );
}
