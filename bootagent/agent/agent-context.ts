import type { Host } from '../../core/host/host.ts';
import type { BlackBox } from '../../core/log/black-box.ts';
import type { Logger } from '../../core/log/logger.ts';
import type { StatusStore } from './status-store.ts';

/** What the agent's parts share. */
export interface AgentContext {
  readonly host: Host;
  readonly store: StatusStore;
  readonly blackBox: BlackBox;
  readonly log: Logger;
}
