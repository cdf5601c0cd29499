import { randomUUID } from 'node:crypto';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { PIVOT_PATH } from '../../core/contract/paths.ts';
import { type Pivot, type PivotDeployment, readPivot, writePivot } from '../../core/contract/pivot.ts';
import type { Host } from '../../core/host/host.ts';
import { bootId } from '../../core/log/black-box.ts';
import { type Deployment, staterootPath } from '../../core/sysroot/sysroot.ts';

/** A settled attempt's record, kept for `lca why`; `pivot.json` itself exists only while an attempt is open. */
export const LAST_PIVOT_PATH = PIVOT_PATH.replace('pivot.json', 'last-pivot.json');

/** The record of a new attempt, as it is when the boot loader has been armed. */
export async function newPivot(
  host: Host,
  request: UpgradeRequest,
  old: Deployment,
  next: Deployment,
): Promise<Pivot> {
  const { initMonitorTimeoutSeconds, postRebootConfig, upgradeCompletion, initMonitor } =
    request.autoRollbackOnFailure;
  const now = host.now();
  return {
    version: 1,
    nonce: randomUUID(),
    seedVersion: request.seedImageRef?.version ?? '',
    old: named(old),
    new: named(next),
    armedAt: now.toISOString(),
    deadline: new Date(now.getTime() + initMonitorTimeoutSeconds * 1000).toISOString(),
    timeoutSeconds: initMonitorTimeoutSeconds,
    attemptsLeft: 1,
    onFailure: 'roll-back',
    rollback: { postRebootConfig, upgradeCompletion, initMonitor },
    handedOver: false,
    state: 'armed',
    failure: null,
    armedBootId: await bootId(host),
    attemptBootId: null,
  };
}

function named({ stateroot, checksum, serial }: Deployment): PivotDeployment {
  return { stateroot, checksum, deployment: `${checksum}.${serial}` };
}

/** Where a stateroot's own copy of a contract file lies, seen from any stateroot. */
export function inStateroot(stateroot: string, path: string): string {
  return staterootPath(stateroot) + path;
}

/** The record as the other side left it; null if it has none. */
export async function readOtherSide(host: Host, stateroot: string): Promise<Pivot | null> {
  for (const path of [PIVOT_PATH, LAST_PIVOT_PATH]) {
    const { pivot } = await readPivot(host, inStateroot(stateroot, path));
    if (pivot !== null) return pivot;
  }
  return null;
}

/** Changes the running system's record. Nothing happens if there is none. */
export async function updatePivot(host: Host, change: (pivot: Pivot) => Pivot): Promise<Pivot | null> {
  const { pivot } = await readPivot(host);
  if (pivot === null) return null;
  const changed = change(pivot);
  await writePivot(host, changed);
  return changed;
}

/** Puts a settled record aside, with its outcome. */
export async function settlePivot(host: Host, pivot: Pivot): Promise<void> {
  await writePivot(host, pivot, LAST_PIVOT_PATH);
  await host.remove(PIVOT_PATH);
}
