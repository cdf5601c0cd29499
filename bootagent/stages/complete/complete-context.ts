import type { Pivot } from '../../../core/contract/pivot.ts';
import type { StageContext } from '../stage-context.ts';

export interface CompleteContext extends StageContext {
  readonly pivot: Pivot;
  /** Says something in the black box that changes nothing. */
  readonly note: (message: string) => Promise<void>;
  /** Health holds for this run only: after a restart of the agent it is looked at again. */
  readonly proven: { healthy: boolean };
}
