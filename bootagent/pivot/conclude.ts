import { mergeEvents, readEvents } from '../../core/contract/events.ts';
import { EVENTS_PATH } from '../../core/contract/paths.ts';
import { type Pivot, type PivotFailure, readPivot } from '../../core/contract/pivot.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { type BlackBox, bootId } from '../../core/log/black-box.ts';
import { deploymentsOf, readSysroot } from '../../core/sysroot/sysroot.ts';
import { damagedBootFiles } from './boot-files.ts';
import { nodeBootloader } from './bootloader/index.ts';
import { lastWords } from './last-words.ts';
import { inStateroot, readOtherSide, settlePivot } from './record.ts';
import { takeBackOrder } from './take-back-order.ts';

/** How an attempt ended, as seen from the old stateroot. */
export interface FailedAttempt {
  readonly pivot: Pivot;
  readonly failure: PivotFailure;
}

/**
 * In the old stateroot, finds an attempt that was armed and is now over without having been committed: the node is
 * back here, so it failed. What the other stateroot has recorded is joined to this one's story, and if it recorded no
 * reason, what it left behind tells as much as can be told. What cannot be read is told as evidence: an attempt that
 * is not known to be over would be made again.
 *
 * @returns undefined if there is no such attempt: none was made, or this is still the boot that armed it
 */
export async function findFailedAttempt(host: Host, blackBox: BlackBox): Promise<FailedAttempt | undefined> {
  const { pivot } = await readPivot(host);
  if (pivot === null || pivot.state === 'committed') return undefined;
  const { booted } = await readSysroot(host);
  if (booted.stateroot !== pivot.old.stateroot) return undefined;
  if (pivot.armedBootId === (await bootId(host))) return undefined;
  const unread: string[] = [];
  const orElse = async <Value>(work: Promise<Value>, otherwise: Value): Promise<Value> =>
    work.catch((error: unknown) => {
      unread.push(messageOf(error));
      return otherwise;
    });
  await orElse(joinEvents(host, pivot.new.stateroot), undefined);
  const theirs = await orElse(readOtherSide(host, pivot.new.stateroot), null);
  const record = theirs?.nonce === pivot.nonce ? theirs : pivot;
  const found = record.failure ?? (await orElse(reconstruct(host, record), untold(host)));
  const failure = { ...found, evidence: [...found.evidence, ...unread] };
  await blackBox.record({
    kind: 'failure',
    step: failure.step,
    message: `The attempt to boot ${pivot.new.stateroot} has failed: ${failure.reason}`,
    data: { trigger: failure.trigger, evidence: failure.evidence },
  });
  return { pivot: record, failure };
}

/** Puts the record of a failed attempt aside, after the status has told of it. */
export async function settleFailedAttempt(host: Host, { pivot, failure }: FailedAttempt): Promise<void> {
  await takeBackOrder(host);
  await settlePivot(host, { ...pivot, state: 'rolled-back', failure });
}

async function joinEvents(host: Host, stateroot: string): Promise<void> {
  const theirs = await host.readText(inStateroot(stateroot, EVENTS_PATH));
  if (theirs === undefined) return;
  const ours = (await host.readText(EVENTS_PATH)) ?? '';
  await host.writeAtomic(EVENTS_PATH, mergeEvents(ours, theirs), { mode: 0o640 });
}

/** Nobody could say why: the reason is put together from how far the attempt got and from what lies about. */
async function reconstruct(host: Host, pivot: Pivot): Promise<PivotFailure> {
  const evidence: string[] = [];
  if (pivot.state === 'committed') return bootedByOtherMeans(host, pivot);
  const base = { trigger: 'uncontrolled', at: host.now().toISOString() } as const;
  const { bootloader } = await nodeBootloader(host);
  if (!pivot.handedOver) {
    return {
      ...base,
      step: 'reboot',
      reason: 'the power was cut, or the node reset, between arming and the reboot into the new stateroot',
      evidence: ['the old stateroot did not record that it went down in order'],
      remedy: 'Go to Idle, then through Prep and Upgrade again.',
    };
  }
  if (bootloader !== undefined && (await bootloader.isArmed(host))) {
    return {
      ...base,
      step: 'reboot',
      reason: `the boot loader (${bootloader.name}) did not carry out the one-shot boot`,
      evidence: ['the one-shot order is still armed'],
      remedy:
        'Check the boot loader configuration in /boot; then go to Idle, and through Prep and Upgrade again.',
    };
  }
  const words = await lastWords(host, pivot.new.stateroot);
  evidence.push(...words.lines);
  if (pivot.state === 'armed')
    return { ...base, ...(await neverStarted(host, pivot, words.started, evidence)) };
  const events = await readEvents(host);
  const last = events.findLast(({ boot, kind }) => boot === pivot.attemptBootId && kind === 'step');
  const step = last?.step ?? 'boot';
  return {
    ...base,
    step,
    reason: `the node reset during step ${step} in the new stateroot (power cut, kernel panic or hang)`,
    evidence: last === undefined ? evidence : [`last event: ${last.time} ${last.message}`, ...evidence],
    remedy:
      'If the power was not cut, look at the evidence with "lca why"; then go to Idle, and through Prep and Upgrade again.',
  };
}

/** The node is back, and that is all that can be told. */
function untold(host: Host): PivotFailure {
  return {
    trigger: 'uncontrolled',
    step: 'boot',
    reason: 'the node is back in the old stateroot, and what it left behind in the new one could not be read',
    evidence: [],
    remedy: 'Check the disk and the new stateroot; then go to Idle, and through Prep and Upgrade again.',
    at: host.now().toISOString(),
  };
}

/** The upgrade had been confirmed, nobody asked for a rollback, and yet this is the old stateroot. */
function bootedByOtherMeans(host: Host, pivot: Pivot): PivotFailure {
  return {
    trigger: 'uncontrolled',
    step: 'none',
    reason: `the old stateroot was booted by other means (console, firmware) after ${pivot.new.stateroot} had been confirmed`,
    evidence: [],
    remedy: 'Reboot to return to the new stateroot, or go to Idle to give it up.',
    at: host.now().toISOString(),
  };
}

/** The boot agent never wrote anything: tell apart what can be told apart. */
async function neverStarted(
  host: Host,
  pivot: Pivot,
  userspaceStarted: boolean,
  evidence: readonly string[],
): Promise<Pick<PivotFailure, 'step' | 'reason' | 'evidence' | 'remedy'>> {
  const binary = inStateroot(pivot.new.stateroot, '/var/usrlocal/bin/lca');
  const remedy = 'Go to Idle; prepare a seed whose system boots; then go through Prep and Upgrade again.';
  if ((await host.stat(binary)) === undefined) {
    const reason = 'the boot agent could not start: /usr/local/bin/lca is missing in the new stateroot';
    return { step: 'start-boot-agent', reason, evidence: [...evidence, `${binary} does not exist`], remedy };
  }
  const [deployment] = deploymentsOf(await readSysroot(host), pivot.new.stateroot);
  const damaged = deployment === undefined ? [] : await damagedBootFiles(host, deployment);
  const [first] = damaged;
  if (first !== undefined) {
    return {
      step: 'start-kernel',
      reason: `the new stateroot could not boot: ${first.path} ${first.problem}`,
      evidence: [...evidence, ...damaged.map(({ path, problem }) => `${path} ${problem}`)],
      remedy: 'Check the disk; then go to Idle, and through Prep and Upgrade again.',
    };
  }
  if (userspaceStarted) {
    return {
      step: 'start-boot-agent',
      reason: 'the new stateroot started, but its boot agent never ran or the node reset before it did',
      evidence,
      remedy,
    };
  }
  return {
    step: 'start-kernel',
    reason:
      'the new stateroot never reached its boot agent: its kernel panicked, its initramfs failed, or the power was cut before',
    evidence: [...evidence, 'the new stateroot has left no journal of that boot'],
    remedy,
  };
}
