import type { Pivot } from '../../../core/contract/pivot.ts';
import type { StageContext } from '../stage-context.ts';

export interface CompleteContext extends StageContext {
  readonly pivot: Pivot;
  /** What was found well holds for this run only: after a restart of the agent it is looked at again. */
  readonly proven: { api: boolean; essentials: boolean; healthy: boolean };
}
