import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { ContractError } from './contract-error.ts';
import { PIVOT_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';

const time = z.iso.datetime({ offset: true, message: 'must be an RFC 3339 time' });

const deployment = z.strictObject({
  stateroot: z.string().min(1),
  /** The ostree commit. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/, 'must be an ostree commit checksum, 64 hexadecimal digits'),
  /** The directory's name below `/ostree/deploy/<stateroot>/deploy`: `<checksum>.<serial>`. */
  deployment: z.string().min(1),
});

/** What led to giving an attempt up; the first three are the documented triggers with an off-switch each. */
export const ROLLBACK_TRIGGERS = [
  'post-reboot-config',
  'upgrade-completion',
  'init-monitor',
  /** The new stateroot went down before anything in it could say why. */
  'uncontrolled',
] as const;
export type RollbackTrigger = (typeof ROLLBACK_TRIGGERS)[number];

const failure = z.strictObject({
  trigger: z.enum(ROLLBACK_TRIGGERS),
  /** The step that was running; `none` where there was none. */
  step: z.string(),
  reason: z.string(),
  evidence: z.array(z.string()),
  remedy: z.string().nullable(),
  at: time,
});

const schema = z.strictObject({
  version: z.literal(1),
  /** Tells this attempt from every other: the same in both stateroots. */
  nonce: z.string().min(8),
  seedVersion: z.string().min(1),
  old: deployment,
  new: deployment,
  armedAt: time,
  /** Absolute, so that no restart of the watchdog or the machine prolongs it. */
  deadline: time,
  timeoutSeconds: z.int().min(1),
  /** Boots of the new deployment that are still allowed before the old one stays. */
  attemptsLeft: z.int().min(0),
  /** `stay` where the boot loader cannot fall back or the user wants to debug; the switches below refine it. */
  onFailure: z.enum(['roll-back', 'stay']),
  /** True: this trigger rolls back. */
  rollback: z.strictObject({
    postRebootConfig: z.boolean(),
    upgradeCompletion: z.boolean(),
    initMonitor: z.boolean(),
  }),
  /**
   * The old stateroot went down in order after arming. Without it the power was cut in between, and the attempt is
   * not made: nobody knows in which state the old system was left.
   */
  handedOver: z.boolean(),
  /** `configured`: its first boot has ended well. `committing`: the new deployment is being made the default; once it is, the attempt has succeeded. */
  state: z.enum(['armed', 'booted', 'configured', 'committing', 'failed', 'committed', 'rolled-back']),
  failure: failure.nullable(),
  /** `/proc/sys/kernel/random/boot_id` of the boot that armed, and of the newest boot of the new deployment. */
  armedBootId: z.string(),
  attemptBootId: z.string().nullable(),
});

export type Pivot = ReadOnly<z.output<typeof schema>>;
export type PivotDeployment = Pivot['old'];
export type PivotFailure = NonNullable<Pivot['failure']>;

/** Parses the text of pivot.json; throws ContractError. */
export function parsePivot(text: string, path: string = PIVOT_PATH): Pivot {
  return validate(parseJson(path, text), schema, 'the try-boot record');
}

export function pivotText(pivot: Pivot): string {
  return `${JSON.stringify(pivot, null, 2)}\n`;
}

export interface PivotRead {
  /** Null if there is no record, or none that can be read. */
  readonly pivot: Pivot | null;
  /** Why it cannot be read. The file was renamed aside then. */
  readonly problem: ContractError | null;
}

/** Reads the try-boot record. A damaged one is renamed aside and reported, never thrown: boot must go on. */
export async function readPivot(host: Host, path: string = PIVOT_PATH): Promise<PivotRead> {
  const text = await host.readText(path);
  if (text === undefined) return { pivot: null, problem: null };
  try {
    return { pivot: parsePivot(text, path), problem: null };
  } catch (problem) {
    if (!(problem instanceof ContractError)) throw problem;
    await host.rename(path, `${path}.corrupt`);
    return { pivot: null, problem };
  }
}

export async function writePivot(host: Host, pivot: Pivot, path: string = PIVOT_PATH): Promise<void> {
  await host.writeAtomic(path, pivotText(pivot), { mode: 0o600 });
}

/** Whether a trigger rolls this attempt back. What nobody could report always does. */
export function rollsBack(pivot: Pivot, trigger: RollbackTrigger): boolean {
  if (pivot.onFailure === 'stay') return false;
  switch (trigger) {
    case 'post-reboot-config':
      return pivot.rollback.postRebootConfig;
    case 'upgrade-completion':
      return pivot.rollback.upgradeCompletion;
    case 'init-monitor':
      return pivot.rollback.initMonitor;
    case 'uncontrolled':
      return true;
    default:
      return trigger satisfies never;
  }
}
