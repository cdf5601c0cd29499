import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError, type KubernetesErrorCode } from '../../core/tools/kubernetes/kubernetes-error.ts';
import { applyManifest } from './apply-manifest.ts';
import type { ManifestObject } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { ResourceTypes } from './resource-types.ts';

export interface ApplyAllOptions {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Told what is applied, and what is tried again and why. */
  readonly report: (message: string) => Promise<void>;
  /** For all manifests together; the trial of the new system is bounded by its deadline besides. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 20_000;
/** Answers that stay the same however often one asks (upstream: Invalid, BadRequest). */
const FINAL: readonly KubernetesErrorCode[] = ['invalid', 'bad-kubeconfig'];

/**
 * Applies manifests one after another. What the API refuses for good ends it at once; anything else is tried again,
 * with growing pauses, until the time for all of them is spent.
 *
 * @throws ManifestError `rejected` or `gave-up`, naming the manifest; an aborted signal's reason as it is
 */
export async function applyManifests(
  client: KubernetesClient,
  manifests: readonly ManifestObject[],
  { host, signal, report, budgetMs = BUDGET_MS }: ApplyAllOptions,
): Promise<void> {
  const types = new ResourceTypes(client);
  const until = (await host.uptimeSeconds()) * 1000 + budgetMs;
  for (const [index, manifest] of manifests.entries()) {
    const called = `${manifest.kind} ${manifest.metadata.name ?? ''} (${index + 1}/${manifests.length})`;
    const comes = manifests.slice(0, index).some((earlier) => defines(earlier, manifest));
    for (let pause = FIRST_PAUSE_MS, tries = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS), tries += 1) {
      signal.throwIfAborted();
      try {
        await applyOne(client, types, manifest, signal);
        await report(called);
        break;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isFinal(error, comes))
          throw new ManifestError('rejected', `failed to apply manifest: ${messageOf(error)}`, {
            cause: error,
          });
        if ((await host.uptimeSeconds()) * 1000 + pause > until) {
          throw new ManifestError(
            'gave-up',
            `failed to apply manifest: gave up ${called} after ${tries} tries: ${messageOf(error)}`,
            { cause: error },
          );
        }
        await report(`${called}: Failure occurred: ${messageOf(error)} (try ${tries})`);
        await host.sleep(pause, signal);
      }
    }
  }
}

async function applyOne(
  client: KubernetesClient,
  types: ResourceTypes,
  manifest: ManifestObject,
  signal: AbortSignal,
): Promise<void> {
  const type = await types.of(manifest, signal);
  if (type === undefined) throw new NoMapping(manifest);
  await applyManifest(client, type, manifest, { signal });
}

/** The API has no such kind. */
class NoMapping extends ManifestError {
  constructor({ kind, apiVersion }: ManifestObject) {
    super('rejected', `failed to get RESTMapping: no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

/** A kind that an earlier manifest defines is only not served yet. */
function isFinal(error: unknown, comes: boolean): boolean {
  if (error instanceof NoMapping) return !comes;
  const { cause } = error instanceof Error ? error : {};
  const answer = error instanceof KubernetesError ? error : cause;
  return answer instanceof KubernetesError ? FINAL.includes(answer.code) : true;
}

/** Whether a manifest is the CustomResourceDefinition of another one's kind. */
export function defines(definition: ManifestObject, manifest: ManifestObject): boolean {
  if (definition.kind !== 'CustomResourceDefinition') return false;
  const { group, names } = (definition['spec'] ?? {}) as { group?: string; names?: { kind?: string } };
  return names?.kind === manifest.kind && group === manifest.apiVersion.split('/')[0];
}
