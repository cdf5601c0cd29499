import type { Backup } from '../../core/contract/velero/backup.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { ServedType, SilentGroup } from '../../core/tools/kubernetes/discovery.ts';
import { labelledObjectsOf } from './apply-label.ts';
import { storesResources } from './check-content.ts';
import type { ClusterApi } from './cluster-api.ts';
import type { BackupTask } from './engine.ts';
import type { NamedType } from './resources/filters.ts';

interface Discovered {
  readonly types: readonly ServedType[];
  /** Groups whose servers still did not answer. */
  readonly silent: readonly SilentGroup[];
}

type Labelling = Pick<Backup, 'name' | 'annotations'>;
type Storing = Pick<Backup, 'annotations' | 'spec'>;

const PATIENCE_MS = 5 * 60_000;
const PAUSE_MS = 5_000;
/** Readings, which are taken when they are asked for: there is nothing to store. */
const READINGS = /^((custom|external)\.)?metrics\.k8s\.io$/;

/**
 * What the API serves; where a Backup may take something of a group whose own server does not answer, after waiting for
 * that server.
 */
export async function discoverForBackups(
  { host, report, signal }: Pick<BackupTask, 'host' | 'report' | 'signal'>,
  api: Pick<ClusterApi, 'discover'>,
  backups: readonly Storing[],
): Promise<Discovered> {
  const until = host.now().getTime() + PATIENCE_MS;
  for (;;) {
    const silent: SilentGroup[] = [];
    const types = await api.discover((each) => silent.push(each));
    const missed = silent.filter(({ group }) => backups.some((backup) => mayTake(backup, types, group)));
    if (missed.length === 0 || host.now().getTime() >= until) return { types, silent };
    await report(`waiting for the server of ${missed.map(({ group }) => group).join(', ')}`);
    await host.sleep(PAUSE_MS, signal);
  }
}

/** What a Backup would lack because nobody can tell what a group has, a sentence each. */
export function missedBy(backup: Storing, { types, silent }: Discovered): readonly string[] {
  return silent
    .filter(({ group }) => mayTake(backup, types, group))
    .map(({ group, error }) => `What there is of ${group} is not known: ${messageOf(error)}`);
}

/**
 * What the API serves, for finding the objects that `apply-label` names.
 *
 * @throws KubernetesError the group's own, where the server that has one of them does not answer
 */
export async function discoverForLabels(
  api: Pick<ClusterApi, 'discover'>,
  backups: readonly Labelling[],
): Promise<readonly ServedType[]> {
  const named = new Set(backups.flatMap((backup) => labelledObjectsOf(backup)).map(({ group }) => group));
  return api.discover(({ group, error }) => {
    if (named.has(group)) throw error;
  });
}

/** Whether a Backup could select objects of a group of which nothing else is known. */
function mayTake(backup: Storing, types: readonly NamedType[], group: string): boolean {
  if (!storesResources(backup) || READINGS.test(group)) return false;
  const labelled = labelledObjectsOf(backup);
  if (labelled.length > 0) return labelled.some((object) => object.group === group);
  const { spec } = backup;
  const included = [...spec.includedResources, ...spec.includedNamespaceScopedResources];
  const excluded = [...spec.excludedResources, ...spec.excludedNamespaceScopedResources];
  const takesUnnamed = included.length === 0 && !excluded.includes('*');
  const named = [...included, ...spec.includedClusterScopedResources];
  return takesUnnamed || named.some((name) => name === '*' || mayMean(name, types, group));
}

/** Whether a resource's name that nothing known has may be one of a group's. */
function mayMean(name: string, types: readonly NamedType[], group: string): boolean {
  const [word = '', ...rest] = name.toLowerCase().split('.');
  if (rest.length > 0) return rest.join('.') === group;
  return !types.some(({ plural, aliases }) => plural === word || aliases.includes(word));
}
