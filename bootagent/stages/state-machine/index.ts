/** The state machine of stages: pure functions from status, request and facts to the next status and the work to do. */
export { admit, generationOf, IMMUTABLE, stageRefusal } from './admission.ts';
export { blocked, unblocked } from './blocked.ts';
export { COMPLETED, conditionOf, IN_PROGRESS } from './conditions.ts';
export { type Decision, decide, refused, type Work } from './decide.ts';
export { completePhase, completeStage, startPhase, startStage } from './history.ts';
export {
  MESSAGES,
  type PrecacheCount,
  precacheCount,
  rollbackCause,
  stayedCause,
  unhealthy,
} from './messages.ts';
export {
  cleanedUp,
  cleanUpFailed,
  type Failure,
  failed,
  finalizeWaits,
  prepCompleted,
  rollbackCompleted,
  rolledBack,
  saying,
  stayedForDebugging,
  upgradeCompleted,
  withProgress,
  withRollbackExpiration,
} from './outcomes.ts';
export { isCompleted, isFailed, isInProgress, isTransitionRequested, stageInProgress } from './predicates.ts';
export { atRest, type Facts, requestTransition, type Transition } from './transition.ts';
export { validNextStages } from './valid-next-stages.ts';
