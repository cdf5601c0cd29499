import { manualCleanupDone } from '../../../core/contract/annotations.ts';
import { ContractError } from '../../../core/contract/contract-error.ts';
import type { UpgradeRequest } from '../../../core/contract/image-based-upgrade.ts';
import type { Stage } from '../../../core/contract/stage.ts';
import type { Status } from '../../../core/contract/status.ts';
import { admit, generationOf } from './admission.ts';
import { blocked, unblocked } from './blocked.ts';
import { conditionOf, setCondition } from './conditions.ts';
import { MESSAGES } from './messages.ts';
import { isFailed, isTransitionRequested, stageInProgress } from './predicates.ts';
import {
  atRest,
  type Facts,
  refuse,
  requestTransition,
  type Transition,
  withoutStaleRefusals,
} from './transition.ts';
import { validNextStages } from './valid-next-stages.ts';

/** What the agent has to run. */
export type Work =
  /** Nothing. */
  | 'rest'
  | 'prep'
  | 'upgrade-before-pivot'
  | 'upgrade-after-pivot'
  | 'rollback-before-reboot'
  | 'rollback-after-reboot'
  | 'abort'
  | 'finalize'
  /** Nothing, until the user says that the clean-up was finished by hand. */
  | 'await-manual-cleanup';

export interface Decision {
  /** To be written before the work is begun. */
  readonly status: Status;
  readonly transition: Transition;
  readonly work: Work;
  /** Annotations that have been acted on, to be taken out of the request. */
  readonly spentAnnotations: readonly string[];
}

/** Which work a stage in progress means, on either side of the pivot. Every stage has an entry or this does not compile. */
const WORK: Readonly<Record<Stage, (status: Status, afterPivot: boolean) => Work>> = {
  Idle: (status) => {
    const reason = conditionOf(status, 'Idle')?.reason;
    if (reason === 'Aborting') return 'abort';
    return reason === 'Finalizing' ? 'finalize' : 'await-manual-cleanup';
  },
  Prep: () => 'prep',
  Upgrade: (_, afterPivot) => (afterPivot ? 'upgrade-after-pivot' : 'upgrade-before-pivot'),
  Rollback: (_, afterPivot) => (afterPivot ? 'rollback-before-reboot' : 'rollback-after-reboot'),
};

/**
 * What to do, and what to tell, for a status and the request as it is now. Asking again with the answer's status
 * gives the same work and the same status.
 *
 * @param request null while there is none, which is a node at rest
 */
export function decide(
  status: Status,
  request: UpgradeRequest | null,
  facts: Facts & {
    /** Something else that is at work on this node: nothing new is begun, and the conditions say so. */
    readonly blockedBy?: string;
  },
): Decision {
  const known = unblocked(begun(status, facts), facts.now);
  if (request === null) return withoutRequest(known, facts);
  try {
    admit(known, request);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return refused(known, request.stage, error, facts);
  }
  const observed: Status = {
    ...known,
    observedGeneration: generationOf(known, request),
    lca: { ...known.lca, specHash: request.specHash, accepted: request, refused: null },
  };
  if (facts.blockedBy !== undefined && waits(observed, request.stage)) {
    const free = withoutStaleRefusals(observed, request.stage, facts.now);
    const waiting = blocked(free, request.stage, facts.now, facts.blockedBy, status);
    return concluded(waiting, request.stage, { kind: 'none' }, facts);
  }
  const { status: moved, transition } = requestTransition(observed, request.stage, facts);
  const spent = manualCleanupDone(request.annotations);
  const retried = spent === undefined ? undefined : retriedCleanUp(moved, facts.now);
  return {
    ...concluded(retried ?? moved, request.stage, transition, facts),
    spentAnnotations: spent === undefined || retried === undefined ? [] : [spent],
  };
}

/**
 * The request's file cannot be used. What is under way goes on as it was accepted; the refusal is told under
 * `lca.refused`, and as a condition where that hides nothing.
 *
 * @param stage the stage the file asks for, if that is legible (`legibleStage`)
 */
export function refused(status: Status, stage: Stage | null, error: Error, facts: Facts): Decision {
  const known = begun(status, facts);
  const kept = known.lca.refused?.message === error.message ? known.lca.refused : undefined;
  const noted: Status = {
    ...known,
    lca: { ...known.lca, refused: kept ?? { message: error.message, time: facts.now.toISOString() } },
  };
  const meant = stage ?? 'Prep';
  const free = meant !== 'Idle' && isTransitionRequested(noted, meant);
  const told = free ? refuse(noted, meant, error.message, facts.now) : noted;
  const transition: Transition = { kind: 'refused', stage: meant, message: error.message };
  return concluded(told, known.lca.accepted?.stage ?? 'Idle', transition, facts);
}

/** Whether there is anything to block: what has begun goes on, and how a stage ended stays told. */
function waits(status: Status, stage: Stage): boolean {
  return stageInProgress(status) === undefined && (stage === 'Idle' || isTransitionRequested(status, stage));
}

/** As upstream makes its resource at Idle when it first comes up, a node that nobody asked anything is at rest. */
function begun(status: Status, { afterPivot, now }: Facts): Status {
  return status.conditions.length === 0 && !afterPivot ? atRest(status, now) : status;
}

/**
 * The file was taken away: what is under way goes on, what was refused is forgotten. After a failed rollback it is
 * the way out, as deleting the resource is upstream: the node counts as at rest.
 */
function withoutRequest(status: Status, facts: Facts): Decision {
  if (isFailed(status, 'Rollback')) {
    const rest = atRest({ ...status, lca: { ...status.lca, accepted: null, refused: null } }, facts.now);
    return concluded(rest, 'Idle', { kind: 'none' }, facts);
  }
  const stage = status.lca.accepted?.stage ?? 'Idle';
  const cleared = withoutStaleRefusals(
    { ...status, lca: { ...status.lca, refused: null } },
    stage,
    facts.now,
  );
  return concluded(cleared, stage, { kind: 'none' }, facts);
}

/** A failed clean-up begins again; undefined if none has failed. */
function retriedCleanUp(status: Status, now: Date): Status | undefined {
  const { aborting, finalizing } = MESSAGES.idle;
  const again = (reason: 'Aborting' | 'Finalizing', message: string) =>
    setCondition(status, 'Idle', { status: 'False', reason, message }, now);
  const reason = conditionOf(status, 'Idle')?.reason;
  if (reason === 'AbortFailed') return again('Aborting', aborting);
  return reason === 'FinalizeFailed' ? again('Finalizing', finalizing) : undefined;
}

function concluded(
  status: Status,
  requested: Stage,
  transition: Transition,
  { afterPivot }: Facts,
): Decision {
  const stage = stageInProgress(status);
  const work = stage === undefined ? 'rest' : WORK[stage](status, afterPivot);
  const history = requested === 'Idle' && work !== 'rest' ? [] : status.history;
  return {
    status: { ...status, history, validNextStages: validNextStages(status, requested, afterPivot) },
    transition,
    work,
    spentAnnotations: [],
  };
}
