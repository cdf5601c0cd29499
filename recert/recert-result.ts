import type { Graph } from './graph/graph.ts';
import type { RecertInputs } from './options/inputs.ts';
import type { Reissued } from './reissue/reissue.ts';
import type { Ledger } from './verify/ledger.ts';
import type { Proof } from './verify/prove.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Seconds spent in each phase, under upstream's names where it has one. */
export type RunTimes = Readonly<Record<string, number>>;

export interface RecertResult {
  /**
   * - `done`: everything re-issued, written and proved
   * - `finished-earlier`: a run cut short was brought to its end, with the keys it had made
   * - `already-done`: a run of this id has ended before; nothing was touched
   * - `dry-run`: computed only
   */
  readonly outcome: 'done' | 'finished-earlier' | 'already-done' | 'dry-run';
  readonly ledger: Ledger;
  /** Undefined for `dry-run` and `already-done`. */
  readonly proof: Proof | undefined;
  readonly warnings: readonly string[];
  readonly times: RunTimes;
  /** For the summaries; undefined unless they were asked for and this run made the crypto itself. */
  readonly made: { readonly graph: Graph; readonly reissued: Reissued } | undefined;
}

export interface RecertHooks {
  /** One line for people as each phase begins. */
  readonly onPhase?: (phase: string) => void;
  /** Called after every durable write; a test may end the process here. */
  readonly onWrite?: (what: string) => void;
  /** etcd changes in one transaction, one transaction at a time; default 100 in each of four at once. */
  readonly changesAtOnce?: number;
  /** A platform's own renames, on the workspace; answers the containers (`etcd:…`, `file:…`) it changed. */
  readonly renamePlatform?: (workspace: Workspace, inputs: RecertInputs) => Promise<readonly string[]>;
}
