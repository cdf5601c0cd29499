import type { Host } from '../../core/host/host.ts';

/**
 * While this file is in a system's /etc, the system is on trial: lca's fallback unit brings the old one back when lca
 * cannot start or the boot ends in an emergency. It needs systemd alone.
 */
export const ON_TRIAL_PATH = '/etc/lca/on-trial';

const UNITS = '/etc/systemd/system';
const SERVICE = `${UNITS}/lca-deadman.service`;
const TIMER = `${UNITS}/lca-deadman.timer`;
const TIMER_LINK = `${UNITS}/sysinit.target.wants/lca-deadman.timer`;

/** Longer than the watchdog's deadline, so that the watchdog, which can say why, acts first. */
const GRACE_SECONDS = 120;

const SERVICE_TEXT = `# Written by lca for the first boot of this system; removed when it is confirmed.
[Unit]
Description=Return to the previous system: nothing has confirmed this one in time
DefaultDependencies=no
ConditionPathExists=${ON_TRIAL_PATH}

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --force reboot
`;

const timerText = (
  seconds: number,
) => `# Written by lca for the first boot of this system; removed when it is confirmed.
[Unit]
Description=Time in which this system must be confirmed, kept even if lca is not there
DefaultDependencies=no
ConditionPathExists=${ON_TRIAL_PATH}

[Timer]
OnBootSec=${seconds}
AccuracySec=1
`;

/**
 * Stretches the net in a system that is not booted: the mark, and a deadline that needs nothing of lca.
 *
 * @param system the machine seen from the new deployment (`host.within(deployment.path)`)
 * @param timeoutSeconds the init monitor's time; undefined if that trigger is switched off
 */
export async function stretchSafetyNet(system: Host, timeoutSeconds: number | undefined): Promise<void> {
  if (timeoutSeconds === undefined) {
    for (const path of [TIMER_LINK, TIMER, SERVICE]) await system.remove(path);
  } else {
    await system.writeAtomic(SERVICE, SERVICE_TEXT);
    await system.writeAtomic(TIMER, timerText(timeoutSeconds + GRACE_SECONDS));
    await system.makeSymlink(TIMER_LINK, '../lca-deadman.timer');
  }
  // last: without the mark nothing of the above does anything
  await system.writeAtomic(ON_TRIAL_PATH, 'lca tries this system; this file goes when it is confirmed.\n');
}

/** Takes the net away in the running, confirmed system. The mark goes first. */
export async function removeSafetyNet(system: Host): Promise<void> {
  for (const path of [ON_TRIAL_PATH, TIMER_LINK, TIMER, SERVICE]) await system.remove(path);
}
