import { readEvents } from '../../core/contract/events.ts';
import { type PivotFailure, readPivot, rollsBack } from '../../core/contract/pivot.ts';
import type { Host } from '../../core/host/host.ts';
import type { BlackBox } from '../../core/log/black-box.ts';
import { bootId } from '../../core/log/black-box.ts';
import { bootedStateroot } from '../../core/sysroot/sysroot.ts';
import type { ServiceManager } from '../../core/tools/service-manager.ts';
import { fallBack } from './fall-back.ts';

const LOOK_EVERY_MS = 5_000;
/** systemd is told that all is well this often; well below half of the unit's WatchdogSec. */
const ALIVE_EVERY_LOOKS = 4;

export type WatchdogResult = 'nothing-to-watch' | 'settled' | 'switched-off' | 'staying';

/**
 * Watches over an attempt: unless it is settled when its time is over, the node goes back to the old stateroot.
 *
 * Time counts from the start of the kernel, on the boot clock: it goes on across restarts of this program, and a
 * wall clock that jumps (no battery, late NTP) neither cuts an attempt short nor prolongs it. Only one boot of the new
 * stateroot is ever allowed, so there is no second boot to add up.
 */
export async function watchAttempt(
  host: Host,
  blackBox: BlackBox,
  systemd: ServiceManager,
  signal: AbortSignal,
): Promise<WatchdogResult> {
  const { pivot } = await readPivot(host);
  // not from the boot loader entries: it starts before /boot is mounted
  if (pivot === null || (await bootedStateroot(host)) !== pivot.new.stateroot) {
    await systemd.ready('nothing to watch');
    return 'nothing-to-watch';
  }
  await systemd.ready(`the new system has until ${pivot.timeoutSeconds} s after boot`);
  if (!pivot.rollback.initMonitor) {
    await blackBox.record({
      kind: 'decision',
      message: 'The init monitor is switched off: no deadline is kept.',
    });
    return 'switched-off';
  }
  const boot = await bootId(host);
  for (let looks = 0; !signal.aborted; looks += 1) {
    const { pivot: now } = await readPivot(host);
    if (now === null || now.state === 'committed' || now.state === 'rolled-back') return 'settled';
    // staying up after another failure whose trigger is switched off is the user's wish; else a reboot is under way,
    // and should it hang, the deadline still holds
    if (now.failure !== null && now.attemptBootId === boot && !rollsBack(now, now.failure.trigger))
      return 'staying';
    const left = pivot.timeoutSeconds - (await host.uptimeSeconds());
    if (left <= 0 && now.state !== 'committing') {
      const step = await stepNow(blackBox, host);
      const found: PivotFailure = {
        trigger: 'init-monitor',
        step,
        reason: step === 'none' ? 'no step had begun' : `step ${step} was under way`,
        evidence: [
          `${Math.round(await host.uptimeSeconds())} s after boot the attempt was in state "${now.state}"`,
        ],
        remedy:
          'See with "lca events" which step took so long; raise initMonitorTimeoutSeconds if it only needs more time.',
        at: host.now().toISOString(),
      };
      // who has found out more is on the way back already, and hangs
      const known = now.failure !== null && rollsBack(now, now.failure.trigger) ? now.failure : undefined;
      return fallBack(host, blackBox, now, known ?? found, signal);
    }
    if (looks % ALIVE_EVERY_LOOKS === 0) {
      await systemd.alive();
      await systemd.status(`${Math.round(left)} s left for the new system to prove itself`);
    }
    await host.sleep(Math.min(LOOK_EVERY_MS, Math.max(left, 0.1) * 1000), signal).catch(() => undefined);
  }
  return 'settled';
}

/** The step that the black box saw begin last, for the reason. */
async function stepNow(blackBox: BlackBox, host: Host): Promise<string> {
  const events = await readEvents(host).catch(() => []);
  const last = events.findLast(({ kind, boot }) => kind === 'step' && boot === blackBox.origin.boot);
  return last?.step ?? 'none';
}
