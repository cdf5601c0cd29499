import type { Restore } from '../../../core/contract/velero/restore.ts';
import { messageOf } from '../../../core/errors/lca-error.ts';
import type { Host } from '../../../core/host/host.ts';
import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { isOutage, KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type {
  KubernetesObject,
  NewObject,
  ResourceType,
} from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { judgeExisting } from './existing.ts';
import { groupResource } from './filters.ts';
import { type Json, listAt, mappingAt, nameOf, textAt } from './json.ts';
import { type ItemContext, ownLabels, prepareItem, stripped } from './prepare-item.ts';
import { statusToRestore, writeStatus } from './restored-status.ts';
import { provisionedAnew, selectItems } from './select-items.ts';
import { untilReady } from './until-ready.ts';

export interface RestoreResourcesOptions {
  readonly client: KubernetesClient;
  /** Asks what the API serves now: more, once definitions have been restored. */
  readonly discover: () => Promise<readonly ServedType[]>;
  readonly host: Pick<Host, 'uptimeSeconds' | 'sleep'>;
  /** For how long items are tried again that the API is not ready for. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly report: (text: string) => Promise<void>;
}

/** What became of the items of a Restore. */
export interface RestoreOutcome {
  /** `apps/v1/Deployment` → `ns/name(created)`, as Velero's resource list has it. */
  readonly resourceList: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
  /** Anything here makes the Restore a failure. */
  readonly errors: readonly string[];
}

type Fate = 'created' | 'updated' | 'failed' | 'skipped';

/** What became of an item, and whether this very Restore has made the object. */
interface Placed {
  readonly fate: Fate;
  readonly isOwn: boolean;
}

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * Restores what a Restore takes from an archive that has been read to its end. An item that fails is noted and the rest
 * goes on; an item that is there already and equal is passed over, so it may be run again after a crash.
 *
 * @throws KubernetesError if the API cannot be asked what it serves
 */
export async function restoreResources(
  options: RestoreResourcesOptions,
  archive: ReadonlyMap<string, readonly Json[]>,
  restore: Restore,
): Promise<RestoreOutcome> {
  const untilSeconds = (await options.host.uptimeSeconds()) + options.patienceMs / 1000;
  return new Restorer(options, archive, restore, untilSeconds).run();
}

class Restorer {
  readonly #options: RestoreResourcesOptions;
  readonly #archive: ReadonlyMap<string, readonly Json[]>;
  readonly #restore: Restore;
  readonly #context: ItemContext;
  readonly #untilSeconds: number;
  readonly #ensured = new Set<string>();
  readonly #fates = new Map<string, string[]>();
  readonly #warnings: string[] = [];
  readonly #errors: string[] = [];
  #types: readonly ServedType[] = [];

  constructor(
    options: RestoreResourcesOptions,
    archive: ReadonlyMap<string, readonly Json[]>,
    restore: Restore,
    untilSeconds: number,
  ) {
    this.#options = options;
    this.#archive = archive;
    this.#restore = restore;
    this.#untilSeconds = untilSeconds;
    this.#context = {
      namespaceMapping: restore.spec.namespaceMapping,
      preserveNodePorts: restore.spec.preserveNodePorts ?? false,
      backupName: restore.spec.backupName,
      restoreName: restore.name,
      provisionedAnew: provisionedAnew(archive),
    };
  }

  async run(): Promise<RestoreOutcome> {
    const { discover, report, signal } = this.#options;
    this.#types = await this.#patiently(discover);
    const selected = selectItems(this.#archive, this.#restore.spec, this.#types);
    const total = selected.reduce((sum, { items }) => sum + items.length, 0);
    let done = 0;
    for (const { resource, items } of selected) {
      await report(`${resource}, ${done} of ${total} items`);
      for (const item of items) {
        signal.throwIfAborted();
        await this.#one(resource, item);
        done += 1;
      }
      if (resource === CRDS) {
        for (const item of items) await this.#untilEstablished(item);
        this.#types = await this.#patiently(discover);
      }
    }
    return {
      resourceList: Object.fromEntries([...this.#fates].map(([kind, names]) => [kind, names.toSorted()])),
      warnings: this.#warnings,
      errors: this.#errors,
    };
  }

  async #one(resource: string, archived: Json): Promise<void> {
    const spoken = `${textAt(archived, 'kind')} "${textAt(archived, 'metadata', 'name')}"`;
    try {
      if (resource === 'namespaces') {
        await this.#ensureNamespace(textAt(archived, 'metadata', 'name'));
        return;
      }
      const prepared = prepareItem(resource, archived, this.#context);
      if ('leftOut' in prepared) {
        this.#note(archived, 'skipped');
        return;
      }
      const namespace = textAt(archived, 'metadata', 'namespace');
      if (namespace !== '') await this.#ensureNamespace(namespace);
      const { fate, isOwn } = await this.#patiently(() => this.#put(resource, prepared.item));
      // by itself: repeating the making of an object that is there by now would pass over what it still lacks
      if (isOwn) await this.#restoreStatus(resource, prepared.item, archived);
      if (fate === 'created') await this.#putBackManagers(resource, prepared.item, archived);
      this.#note(prepared.item, fate);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#errors.push(`error restoring ${spoken}: ${messageOf(error)}`);
      this.#note(archived, 'failed');
    }
  }

  async #put(resource: string, item: Json): Promise<Placed> {
    const { client, signal } = this.#options;
    const type = this.#typeOf(resource, item);
    try {
      await client.create(type, item as unknown as NewObject, { signal });
      return { fate: 'created', isOwn: true };
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      // a Service that is there holds the very port that it asks for, and the API looks at ports first
      if (error.code !== 'already-exists' && error.code !== 'invalid') throw error;
      const live = await client.get(type, nameOf(item), { signal });
      if (live === undefined && error.code === 'invalid') throw error;
      if (live === undefined)
        throw new KubernetesError('unavailable', `${type.kind} ${nameOf(item).name} is being removed.`);
      const fate = await this.#meetExisting(resource, type, item, live);
      return { fate, isOwn: this.#hasMade(live) };
    }
  }

  /** An earlier try has made it, or a run before a crash: what comes after the making may not have been done. */
  #hasMade({ metadata: { labels } }: KubernetesObject): boolean {
    return Object.entries(ownLabels(this.#context)).every(([key, value]) => labels?.[key] === value);
  }

  async #meetExisting(
    resource: string,
    type: ResourceType,
    item: Json,
    live: KubernetesObject,
  ): Promise<Fate> {
    const { client, signal } = this.#options;
    const name = nameOf(item);
    const policy = this.#restore.spec.existingResourcePolicy;
    const labels = ownLabels(this.#context);
    const verdict = judgeExisting(resource, live, item, labels, policy);
    const spoken = policy === null ? `${type.kind}:${name.name}` : `${type.kind} "${name.name}"`;
    switch (verdict.kind) {
      case 'equal':
        if (policy === 'update') await client.patch(type, name, { metadata: { labels } }, { signal });
        return 'skipped';
      case 'different':
        this.#warnings.push(
          `could not restore, ${spoken} already exists. Warning: the in-cluster version is different than the backed-up version`,
        );
        return 'skipped';
      case 'patch':
        try {
          await client.patch(type, name, verdict.patch, { signal });
          return 'updated';
        } catch (error) {
          if (isOutage(error)) throw error;
          this.#warnings.push(`could not update ${spoken}: ${messageOf(error)}`);
          await client.patch(type, name, { metadata: { labels } }, { signal });
          return 'skipped';
        }
      default:
        return verdict satisfies never;
    }
  }

  async #restoreStatus(resource: string, item: Json, archived: Json): Promise<void> {
    const { client, signal } = this.#options;
    const status = statusToRestore(resource, archived, this.#restore.spec, this.#types);
    if (status === undefined) return;
    await this.#patiently(() =>
      writeStatus(client, this.#typeOf(resource, item), nameOf(item), status, signal),
    );
  }

  async #putBackManagers(resource: string, item: Json, archived: Json): Promise<void> {
    const managedFields = listAt(archived, 'metadata', 'managedFields');
    if (managedFields.length === 0) return;
    const { client, signal } = this.#options;
    const type = this.#typeOf(resource, item);
    try {
      await client.patch(type, nameOf(item), { metadata: { managedFields } }, { signal });
    } catch (error) {
      this.#warnings.push(
        `could not put back who manages ${type.kind} ${nameOf(item).name}: ${messageOf(error)}`,
      );
    }
  }

  /** The namespace (mapped) exists and takes objects: made from the archive, or empty; one that is going is waited for. */
  async #ensureNamespace(original: string): Promise<void> {
    const name = this.#context.namespaceMapping[original] ?? original;
    if (this.#ensured.has(name)) return;
    const { client, signal } = this.#options;
    const type = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
    const archived = this.#archive
      .get('namespaces')
      ?.find((each) => textAt(each, 'metadata', 'name') === original);
    await this.#patiently(async () => {
      const live = await client.get(type, { name }, { signal });
      if (live?.metadata.deletionTimestamp)
        throw new KubernetesError('unavailable', `Namespace ${name} is still being removed.`);
      if (live !== undefined) return;
      const blank = archived === undefined ? { metadata: {} } : stripped(archived);
      const metadata = { ...mappingAt(blank, 'metadata'), name };
      const labels = { ...mappingAt(metadata, 'labels'), ...ownLabels(this.#context) };
      const object = { ...blank, apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels } };
      await client.create(type, object, { signal });
      this.#note(object, 'created');
    });
    this.#ensured.add(name);
  }

  async #untilEstablished(definition: Json): Promise<void> {
    const { client, signal } = this.#options;
    const type = this.#types.find((known) => groupResource(known) === CRDS);
    if (type === undefined) return;
    await this.#patiently(async () => {
      const live = await client.get(type, nameOf(definition), { signal });
      const conditions = listAt(live, 'status', 'conditions');
      const isTrue = (what: string) =>
        conditions.some((one) => one['type'] === what && one['status'] === 'True');
      if (!isTrue('Established') || !isTrue('NamesAccepted'))
        throw new KubernetesError(
          'unavailable',
          `CustomResourceDefinition ${nameOf(definition).name} is not served yet.`,
        );
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.#errors.push(messageOf(error));
    });
  }

  #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { host, signal, discover } = this.#options;
    const lookAgain = async () => {
      this.#types = await discover();
    };
    return untilReady({ host, signal, lookAgain, untilSeconds: this.#untilSeconds }, work);
  }

  #typeOf(resource: string, item: Json): ResourceType {
    const apiVersion = textAt(item, 'apiVersion');
    const type = this.#types.find((known) => groupResource(known) === resource);
    if (type === undefined)
      throw new KubernetesError('not-found', `The API does not serve ${resource} (${apiVersion}).`);
    return { ...type, apiVersion };
  }

  #note(item: Json, fate: Fate): void {
    const kind = `${textAt(item, 'apiVersion')}/${textAt(item, 'kind')}`;
    const { name, namespace } = nameOf(item);
    const names = this.#fates.get(kind) ?? [];
    names.push(`${namespace === undefined ? '' : `${namespace}/`}${name}(${fate})`);
    this.#fates.set(kind, names);
  }
}
