import type { Backup } from '../../../core/contract/velero/backup.ts';
import { messageOf } from '../../../core/errors/lca-error.ts';
import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import { isOutage } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { LabelledObject } from '../apply-label.ts';
import type { Reader } from '../patient-reader.ts';
import type { ArchivedItem } from './archive.ts';
import { BackupFilter, groupResource, matchesLabels, selectorText } from './filters.ts';
import { type Json, mappingAt, removeAt, textAt } from './json.ts';
import { inAskedOrder } from './ordered.ts';
import { relatedTo } from './related.ts';

export interface CollectOptions {
  readonly client: Reader;
  /** What the API serves. */
  readonly types: readonly ServedType[];
  readonly signal: AbortSignal;
  /** Called with an item that could not be read, in a sentence; the rest goes on. */
  readonly onError: (message: string) => void;
}

const EXCLUDED = 'velero.io/exclude-from-backup';
const NEEDED_VERBS = ['list', 'create', 'get', 'delete'] as const;
/** First of the core group. */
const CORE_FIRST = ['pods', 'persistentvolumeclaims', 'persistentvolumes'];
/** Kinds that several groups serve, by the group they are taken from. */
const COHABITING: Readonly<Record<string, string>> = {
  deployments: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
  networkpolicies: 'networking.k8s.io',
  events: '',
};
const BY_CSI = ['volumesnapshots.snapshot.storage.k8s.io', 'volumesnapshotcontents.snapshot.storage.k8s.io'];

/** The kinds that can be backed up, in Velero's order (backup-restore.md 3.4). */
export function collectableTypes(types: readonly ServedType[]): readonly ServedType[] {
  const rank = ({ group, plural }: ServedType): number => {
    if (group === 'extensions') return CORE_FIRST.length + 2;
    if (group !== '') return CORE_FIRST.length + 1;
    return CORE_FIRST.includes(plural) ? CORE_FIRST.indexOf(plural) : CORE_FIRST.length;
  };
  return types
    .filter(({ verbs }) => NEEDED_VERBS.every((verb) => verbs.includes(verb)))
    .filter((type) => !BY_CSI.includes(groupResource(type)))
    .filter(({ plural, group }) => {
      const taken = COHABITING[plural];
      if (taken === undefined || taken === group) return true;
      return !types.some((other) => other.plural === plural && other.group === taken);
    })
    .toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Reads what a Backup selects, item by item as the API gives it, each once; what an item needs follows it. An API that
 * does not answer is no matter of an item: that is thrown as it is.
 */
export class Collector {
  readonly #options: CollectOptions;
  readonly #spec: Backup['spec'];
  readonly #filter: BackupFilter;
  readonly #types: readonly ServedType[];
  readonly #seen = new Set<string>();
  readonly #held = new Set<string>();
  readonly #only: ReadonlySet<string> | undefined;
  /** Items so far. */
  items = 0;

  /** @param only the objects named by `apply-label`: nothing but these, and what they need */
  constructor(options: CollectOptions, spec: Backup['spec'], only: readonly LabelledObject[] = []) {
    this.#options = options;
    this.#spec = spec;
    this.#only =
      only.length === 0
        ? undefined
        : new Set(
            only.map(({ group, resource, namespace, name }) => keyOf(group, resource, namespace, name)),
          );
    this.#types = collectableTypes(options.types);
    this.#filter = new BackupFilter(spec, this.#types);
  }

  async *collect(): AsyncGenerator<ArchivedItem> {
    const { client, signal } = this.#options;
    const namespaceType = this.#types.find((type) => groupResource(type) === 'namespaces');
    const namespaces =
      namespaceType === undefined ? [] : (await client.list(namespaceType, { signal })).items;
    const closed = new Set(namespaces.filter((each) => !isOpen(each)).map(({ metadata }) => metadata.name));
    for (const type of this.#types) {
      if (type === namespaceType || !this.#filter.takesType(type)) continue;
      const objects = await this.#list(type);
      for (const object of inAskedOrder(this.#spec.orderedResources, type, this.#types, objects)) {
        const { namespace } = object.metadata as { namespace?: string };
        if (namespace !== undefined && (closed.has(namespace) || !this.#filter.takesNamespace(namespace)))
          continue;
        if (this.#names(type, object)) yield* this.#withRelated(type, object);
      }
    }
    if (namespaceType === undefined) return;
    for (const object of namespaces) {
      const { name, labels } = object.metadata;
      if (closed.has(name)) continue;
      const hasSelector =
        this.#only !== undefined ||
        this.#spec.labelSelector !== null ||
        this.#spec.orLabelSelectors.length > 0;
      const isAll = this.#filter.onlyNamespaces === undefined;
      const byFilter = this.#filter.takesNamespace(name) && !(isAll && hasSelector);
      const bySelector =
        hasSelector && matchesLabels(this.#spec, labels ?? {}) && this.#names(namespaceType, object);
      if (byFilter || bySelector || this.#held.has(name)) yield* this.#take(namespaceType, object);
    }
  }

  /** Whether an object is one of those that the Backup names, if it names any. */
  #names({ group, plural }: ServedType, object: Json): boolean {
    const [namespace, name] = [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name')];
    return this.#only?.has(keyOf(group, plural, namespace, name)) ?? true;
  }

  async #list(type: ServedType): Promise<readonly (Json & { metadata: Json })[]> {
    const { client, signal, onError } = this.#options;
    const { labelSelector, orLabelSelectors } = this.#spec;
    const selectors =
      labelSelector === null ? orLabelSelectors.map(selectorText) : [selectorText(labelSelector)];
    const places = type.namespaced ? (this.#filter.onlyNamespaces ?? [undefined]) : [undefined];
    const found: (Json & { metadata: Json })[] = [];
    for (const namespace of places) {
      for (const selector of selectors.length === 0 ? [''] : selectors) {
        try {
          const { items } = await client.list(type, {
            signal,
            ...(namespace === undefined ? {} : { namespace }),
            ...(selector === '' ? {} : { labelSelector: selector }),
          });
          found.push(...items);
        } catch (error) {
          signal.throwIfAborted();
          if (isOutage(error)) throw error;
          onError(messageOf(error));
        }
      }
    }
    return found;
  }

  async *#withRelated(type: ServedType, object: Json): AsyncGenerator<ArchivedItem> {
    const before = this.items;
    yield* this.#take(type, object);
    if (this.items === before) return;
    const { client, signal, onError } = this.#options;
    try {
      const related = await relatedTo({ client, types: this.#types, signal }, type, object);
      for (const each of related) {
        const isCrd = groupResource(each.type).startsWith('customresourcedefinitions.');
        if (!this.#filter.takesRelated(each.type) || (isCrd && this.#filter.names(each.type))) continue;
        yield* this.#withRelated(each.type, each.object);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isOutage(error)) throw error;
      onError(messageOf(error));
    }
  }

  async *#take(type: ServedType, object: Json): AsyncGenerator<ArchivedItem> {
    const [namespace, name] = [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name')];
    const key = `${type.apiVersion}/${type.kind} ${namespace}/${name}`;
    const labels = mappingAt(object, 'metadata', 'labels') ?? {};
    if (this.#seen.has(key) || labels[EXCLUDED] === 'true') return;
    if (textAt(object, 'metadata', 'deletionTimestamp') !== '') return;
    this.#seen.add(key);
    this.items += 1;
    if (namespace !== '') this.#held.add(namespace);
    const resource = groupResource(type);
    yield { resource, version: type.version, object: asArchived(resource, object) };
  }
}

function keyOf(group: string, plural: string, namespace: string, name: string): string {
  return [group, plural, namespace, name].join('/');
}

function isOpen(namespace: Json): boolean {
  const labels = mappingAt(namespace, 'metadata', 'labels') ?? {};
  return textAt(namespace, 'status', 'phase') === 'Active' && labels[EXCLUDED] !== 'true';
}

/** A bound claim is stored without what would provision another volume for it. */
function asArchived(resource: string, object: Json): Json {
  if (resource !== 'persistentvolumeclaims' || textAt(object, 'status', 'phase') !== 'Bound') return object;
  const claim = structuredClone(object);
  for (const field of ['dataSource', 'dataSourceRef']) removeAt(claim, 'spec', field);
  if (mappingAt(claim, 'spec')?.['storageClassName'] !== '') removeAt(claim, 'spec', 'selector');
  return claim;
}
