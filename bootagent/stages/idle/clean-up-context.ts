import type { StageContext } from '../stage-context.ts';

/** What clean-up works with. It must come to its end even if the request is gone. */
export interface CleanUpContext extends Omit<StageContext, 'request'> {
  /** Stateroots that this upgrade knows of; only those are ever removed, and never the booted one. */
  readonly stateroots: readonly string[];
  /** Remove images that Prep has pulled: the stateroot they are for is being given up. */
  readonly removeImages: boolean;
}
