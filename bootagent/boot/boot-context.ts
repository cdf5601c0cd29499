import type { SeedReconfiguration } from '../../core/contract/seed-reconfiguration.ts';
import type { Host } from '../../core/host/host.ts';

/** What the first boot works with. */
export interface BootContext {
  readonly host: Host;
  /** Who this node is. */
  readonly site: SeedReconfiguration;
  /** Says what a long step is doing, in a few words with numbers. */
  readonly report: (message: string) => Promise<void>;
  readonly signal: AbortSignal;
  /** Tells this attempt from any other. */
  readonly attempt: string;
}
