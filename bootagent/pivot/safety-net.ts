import type { Host } from '../../core/host/host.ts';

/**
 * Files in the new deployment's /etc that bring a node back even if nothing of lca runs there: they need systemd
 * alone. All are bound to the marker, and go when the new system is committed.
 */
const MARKER = '/etc/lca-try-boot';
const UNITS = '/etc/systemd/system';

/** Longer than the watchdog's deadline, so that the watchdog, which can say why, acts first. */
const GRACE_SECONDS = 120;

/** An emergency or rescue shell would wait for a person forever. */
const EMERGENCY_SERVICE = `[Unit]
Description=Return to the previous system instead of waiting in a shell (lca try-boot)
DefaultDependencies=no
ConditionPathExists=${MARKER}

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --force reboot
`;

const DEADMAN_SERVICE = `[Unit]
Description=Return to the previous system: nothing has confirmed this one in time (lca try-boot)
DefaultDependencies=no
ConditionPathExists=${MARKER}

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --force reboot
`;

const deadmanTimer = (seconds: number) => `[Unit]
Description=Time in which this system must be confirmed (lca try-boot)
DefaultDependencies=no
ConditionPathExists=${MARKER}

[Timer]
OnBootSec=${seconds}
AccuracySec=1
Unit=lca-deadman.service
`;

const FILES = {
  emergency: `${UNITS}/lca-emergency-reboot.service`,
  deadmanService: `${UNITS}/lca-deadman.service`,
  deadmanTimer: `${UNITS}/lca-deadman.timer`,
} as const;

const LINKS = [
  [`${UNITS}/emergency.target.wants/lca-emergency-reboot.service`, '../lca-emergency-reboot.service'],
  [`${UNITS}/rescue.target.wants/lca-emergency-reboot.service`, '../lca-emergency-reboot.service'],
] as const;

const TIMER_LINK = [`${UNITS}/sysinit.target.wants/lca-deadman.timer`, '../lca-deadman.timer'] as const;

/**
 * Stretches the net in a system that is not booted.
 *
 * @param system the machine seen from the new deployment (`host.within(deployment.path)`)
 * @param timeoutSeconds the init monitor's time; undefined if that trigger is switched off
 */
export async function stretchSafetyNet(system: Host, timeoutSeconds: number | undefined): Promise<void> {
  await system.writeAtomic(FILES.emergency, EMERGENCY_SERVICE);
  for (const [path, target] of LINKS) await system.makeSymlink(path, target);
  if (timeoutSeconds === undefined) {
    for (const path of [TIMER_LINK[0], FILES.deadmanTimer, FILES.deadmanService]) await system.remove(path);
  } else {
    await system.writeAtomic(FILES.deadmanService, DEADMAN_SERVICE);
    await system.writeAtomic(FILES.deadmanTimer, deadmanTimer(timeoutSeconds + GRACE_SECONDS));
    await system.makeSymlink(...TIMER_LINK);
  }
  // last: without the marker nothing of the above does anything
  await system.writeAtomic(MARKER, 'lca tries this system; this file goes when it is confirmed.\n');
}

/** Takes the net away in the running, confirmed system. The marker goes first. */
export async function removeSafetyNet(system: Host): Promise<void> {
  await system.remove(MARKER);
  for (const [path] of [...LINKS, TIMER_LINK]) await system.remove(path);
  for (const path of Object.values(FILES)) await system.remove(path);
}
