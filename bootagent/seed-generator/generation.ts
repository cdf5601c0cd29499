import type { AgentContext } from '../agent/agent-context.ts';
import type { SeedBuilder } from './seed-builder.ts';

/** Whether a seed is being made or a stage is under way: never both (seed-image.md 1.3: one mutex). */
export interface SeedGate {
  /** A seed is asked for and not yet finished: no stage begins to work. */
  isBusy: boolean;
  /** This process has started the builder. */
  isStarted: boolean;
  /** The node could not be put in order; it is tried again. Undefined: nothing has failed. */
  failedRestore?: { readonly pauseMs: number; readonly againAtMs: number } | undefined;
}

/** What the making of a seed needs of the agent. */
export interface Generation extends AgentContext {
  readonly builder: SeedBuilder;
  readonly gate: SeedGate;
  readonly signal: AbortSignal;
}
