import type { EventKind } from '../../core/contract/events.ts';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Host } from '../../core/host/host.ts';

/** What every stage works with. */
export interface StageContext {
  readonly host: Host;
  readonly request: UpgradeRequest;
  /** Says in the status's progress what is being done, in a few words with numbers. */
  readonly report: (message: string) => Promise<void>;
  /** Says something in the black box that changes nothing. */
  readonly note: (kind: EventKind, message: string) => Promise<void>;
  /** Fires when the user wants something else, or the agent is told to stop. */
  readonly signal: AbortSignal;
}
