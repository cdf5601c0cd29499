import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Objects } from '../../core/contract/objects.ts';
import type { Host } from '../../core/host/host.ts';
import type { SeedDescription } from '../../core/seedimage/seed-description.ts';

/** `warning`: an upgrade can go ahead, with a risk that is named. `blocker`: it would fail, or lose data. */
export type Verdict = 'fine' | 'warning' | 'blocker';

/** What a check says of the node. */
export interface Answer {
  readonly verdict: Verdict;
  /** What was found: one sentence or clause. */
  readonly detail: string;
  /** What to do; empty where all is fine. */
  readonly remedy?: string;
}

/** What checks look at. Each question is asked once, however many checks want to know. */
export interface DoctorContext {
  readonly host: Host;
  /** The request; null without `ibu.yaml`. Throws as `readRequest`. */
  request(): Promise<UpgradeRequest | null>;
  /** What the registry says of the seed that is asked for; null if none is. Throws as `inspectSeed`. */
  seed(): Promise<SeedDescription | null>;
  /** The ConfigMaps and Secrets that the request may refer to. Throws as `readObjects`. */
  objects(): Promise<Objects>;
}

/** One thing that could make an upgrade fail. A check that throws is a blocker, with the error's sentence and remedy. */
export interface DoctorCheck {
  /** In reports: `container-partition`. */
  readonly name: string;
  look(context: DoctorContext): Promise<Answer>;
}

export function fine(detail: string): Answer {
  return { verdict: 'fine', detail };
}

export function warning(detail: string, remedy: string): Answer {
  return { verdict: 'warning', detail, remedy };
}

export function blocker(detail: string, remedy: string): Answer {
  return { verdict: 'blocker', detail, remedy };
}
