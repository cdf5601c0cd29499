import { isDeepStrictEqual } from 'node:util';
import { contractError } from '../../../core/contract/contract-error.ts';
import type { UpgradeRequest } from '../../../core/contract/image-based-upgrade.ts';
import { REQUEST_PATH } from '../../../core/contract/paths.ts';
import { API_VERSIONS } from '../../../core/contract/stage.ts';
import type { Status } from '../../../core/contract/status.ts';
import { isCompleted } from './predicates.ts';

/** Parts of a request that may not change between leaving Idle and going back to it. */
export const IMMUTABLE = [
  'seedImageRef',
  'oadpContent',
  'extraManifests',
  'autoRollbackOnFailure',
  'additionalImages',
  'carryOver',
] as const satisfies readonly (keyof UpgradeRequest)[];

/** Its field in the file, where that is not of the same name. */
const FIELD: Readonly<Partial<Record<(typeof IMMUTABLE)[number], string>>> = { carryOver: 'lca.carryOver' };

/**
 * Refuses a request that changes what an upgrade under way depends on. Allowed are all changes while the node is at
 * rest, and together with going (back) to Idle.
 *
 * @throws ContractError `immutable`: `can not change spec.<field> while ibu is in progress`
 */
export function admit(status: Status, request: UpgradeRequest): void {
  const { accepted } = status.lca;
  if (
    accepted === null ||
    status.conditions.length === 0 ||
    isCompleted(status, 'Idle') ||
    request.stage === 'Idle'
  ) {
    return;
  }
  const isV1 = [accepted, request].some(({ apiVersion }) => apiVersion === API_VERSIONS[0]);
  const changed = IMMUTABLE.find(
    (field) => !isDeepStrictEqual(specPart(accepted, field, isV1), specPart(request, field, isV1)),
  );
  if (changed === undefined) return;
  const field = `spec.${FIELD[changed] ?? changed}`;
  throw contractError('immutable', REQUEST_PATH, `can not change ${field} while ibu is in progress`, {
    field,
    remedy: `Put ${field} back as it was, or set spec.stage to Idle first.`,
  });
}

/**
 * In v1 the three rollback switches are annotations, and those may change at any time.
 *
 * @param isV1 also if only one of the two that are compared is: a change of version alone changes nothing
 */
function specPart(request: UpgradeRequest, field: (typeof IMMUTABLE)[number], isV1: boolean): unknown {
  if (field !== 'autoRollbackOnFailure' || !isV1) return request[field];
  return request.autoRollbackOnFailure.initMonitorTimeoutSeconds;
}

/** What the API server says to a change of stage that is not valid now; null if it is. For the cluster door. */
export function stageRefusal(status: Status, request: UpgradeRequest): string | null {
  const unchanged = status.lca.accepted?.stage === request.stage;
  if (unchanged || status.conditions.length === 0 || status.validNextStages.includes(request.stage))
    return null;
  const valid = status.validNextStages.length === 0 ? 'none' : status.validNextStages.join(', ');
  return `the stage transition is not permitted. Please refer to status.validNextStages for valid transitions (now: ${valid})`;
}

/** The number of the spec as it is now: the API server's, or, for a plain file, counted by lca at each change. */
export function generationOf(status: Status, request: UpgradeRequest): number {
  if (request.generation !== null) return request.generation;
  return status.lca.specHash === request.specHash ? status.observedGeneration : status.observedGeneration + 1;
}
