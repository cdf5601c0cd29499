import { JOURNAL_PATH } from '../../core/contract/paths.ts';
import { type Pivot, type PivotFailure, type RollbackTrigger, readPivot } from '../../core/contract/pivot.ts';
import { readSeedReconfiguration } from '../../core/contract/seed-reconfiguration.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { type BlackBox, bootId } from '../../core/log/black-box.ts';
import type { Logger } from '../../core/log/logger.ts';
import { Journal } from '../../core/sequence/journal.ts';
import { progressLine } from '../../core/sequence/progress-line.ts';
import { runSequence } from '../../core/sequence/run-sequence.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import { failureOf } from '../agent/failure-of.ts';
import { knownBootloader } from '../pivot/bootloader/index.ts';
import { fallBack } from '../pivot/fall-back.ts';
import { updatePivot } from '../pivot/record.ts';
import { takeBackOrder } from '../pivot/take-back-order.ts';
import { setImageTags } from './image-tags.ts';
import { BOOT } from './plan.ts';

/** What the first boot came to; a rollback does not return. */
export type BootResult = 'nothing-to-do' | 'configured' | 'staying-after-failure';

interface BootOptions {
  readonly host: Host;
  readonly blackBox: BlackBox;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Runs at every boot, early. In a new stateroot's first boot it turns the seed's system into this node; in every other
 * boot it does nothing. Any failure ends in the old stateroot, unless that trigger is switched off.
 */
export async function boot(options: BootOptions): Promise<BootResult> {
  const { host, blackBox } = options;
  const { pivot } = await readPivot(host);
  if (pivot === null) return backInOldSystem(options);
  const { booted } = await readSysroot(host);
  if (booted.stateroot !== pivot.new.stateroot) return backInOldSystem(options);
  const id = await bootId(host);
  if (pivot.state === 'committing' && booted.index === 0) return 'nothing-to-do'; // confirmed: the agent ends it
  if (pivot.state === 'failed' || (pivot.state === 'configured' && pivot.attemptBootId === id))
    return 'nothing-to-do';
  const refusal = whyNotToTry(pivot, id);
  if (refusal !== undefined) {
    return give(options, pivot, 'uncontrolled', { step: 'begin', evidence: [], remedy: null, ...refusal });
  }
  const attempt = await updatePivot(host, (record) => ({
    ...record,
    state: 'booted',
    attemptsLeft: 0,
    attemptBootId: id,
  }));
  await blackBox.record({
    kind: 'boot',
    message: `First boot of ${pivot.new.stateroot} (seed ${pivot.seedVersion})`,
  });
  try {
    await disarmLeftover(host);
    await configure(options, attempt ?? pivot);
    await updatePivot(host, (record) => ({ ...record, state: 'configured' }));
    return 'configured';
  } catch (error) {
    const failure = failureOf(error);
    return give(options, attempt ?? pivot, 'post-reboot-config', { ...failure, reason: failure.message });
  }
}

/** The old system has nothing to configure, and its agent tells the story; but the new one may have moved its tags. */
async function backInOldSystem({ host, log }: BootOptions): Promise<BootResult> {
  await setImageTags(host).catch((error: unknown) => log.error(messageOf(error)));
  return 'nothing-to-do';
}

/** An attempt is made once, and only if the old system went down in order. */
function whyNotToTry(pivot: Pivot, id: string): { readonly reason: string } | undefined {
  if (!pivot.handedOver) {
    return {
      reason: 'the power was cut, or the node reset, between arming and the reboot into the new stateroot',
    };
  }
  if (pivot.state !== 'armed' && pivot.attemptBootId !== id) {
    return { reason: 'the new stateroot was booted a second time before it had been confirmed' };
  }
  return undefined;
}

/** The boot loader should have forgotten its order; if it could not write, the order is taken back here. */
async function disarmLeftover(host: Host): Promise<void> {
  const bootloader = await knownBootloader(host);
  if (!(await bootloader?.isArmed(host))) return;
  if ((await bootloader?.probe(host))?.possible) await takeBackOrder(host);
}

async function configure({ host, blackBox, log, signal }: BootOptions, pivot: Pivot): Promise<void> {
  const site = await readSeedReconfiguration(host);
  await runSequence(
    BOOT,
    { host, site, signal, attempt: pivot.nonce, report: async (message) => log.info(message) },
    {
      journal: new Journal(host, JOURNAL_PATH),
      key: pivot.nonce,
      signal,
      undoOnFailure: false, // the way back is the old stateroot
      async observe(event) {
        const message = progressLine(event);
        log.info({ step: event.step }, message);
        await blackBox.record({ kind: 'step', sequence: event.sequence, step: event.step, message });
      },
    },
  );
}

async function give(
  { host, blackBox, log, signal }: BootOptions,
  pivot: Pivot,
  trigger: RollbackTrigger,
  failure: Pick<PivotFailure, 'step' | 'reason' | 'evidence' | 'remedy'>,
): Promise<BootResult> {
  log.error({ step: failure.step }, failure.reason);
  const { step, reason, evidence, remedy } = failure;
  const at = host.now().toISOString();
  await fallBack(
    host,
    blackBox,
    pivot,
    { trigger, step, reason, evidence: [...evidence], remedy, at },
    signal,
  );
  return 'staying-after-failure';
}
