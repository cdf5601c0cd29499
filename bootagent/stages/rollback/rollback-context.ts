import type { Status } from '../../../core/contract/status.ts';
import type { StageContext } from '../stage-context.ts';

export interface RollbackContext extends StageContext {
  /** The stateroot to go back to. */
  readonly original: string;
  /** The status as it is now, for the other side. */
  readonly status: () => Status;
}
