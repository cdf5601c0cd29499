import { type Pivot, type PivotFailure, rollsBack } from '../../core/contract/pivot.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import type { BlackBox } from '../../core/log/black-box.ts';
import { readSysroot, type Sysroot } from '../../core/sysroot/sysroot.ts';
import { setDefault } from '../../core/tools/ostree-admin.ts';
import { forceReboot, requestReboot } from '../../core/tools/systemctl.ts';
import { PivotError } from './pivot-error.ts';
import { updatePivot } from './record.ts';
import { takeBackOrder } from './take-back-order.ts';

/** An orderly reboot that has not happened after this time is forced. */
const ORDERLY_MS = 90_000;

/**
 * Gives up the attempt from inside the new stateroot. The order of things is the point: first make sure that the
 * next boot is the old stateroot, then write down why, then reboot; and no failure of the second keeps from the third.
 *
 * @param signal fires when this process is to end, as it is in an orderly reboot; waiting on would only hold that up
 * @returns `staying` if the user has switched this trigger off: the reason is recorded and the node left up for
 *   debugging. Otherwise it does not return, but throws the signal's reason.
 */
export async function fallBack(
  host: Host,
  blackBox: BlackBox,
  pivot: Pivot,
  failure: PivotFailure,
  signal: AbortSignal,
): Promise<'staying'> {
  if (!rollsBack(pivot, failure.trigger)) {
    await writeDown(
      host,
      blackBox,
      failure,
      'staying, because automatic rollback is switched off for this trigger',
    );
    return 'staying';
  }
  await returnToOld(host, pivot).catch((error: unknown) =>
    blackBox.record({ kind: 'failure', message: `Could not prepare the return: ${messageOf(error)}` }),
  );
  await writeDown(host, blackBox, failure, 'rebooting into the old stateroot');
  return rebootNow(host, signal);
}

/**
 * Reboots in order; by force if that has not even come as far as this process. From there on systemd itself forces a
 * reboot that hangs (`JobTimeoutAction=` of reboot.target).
 */
async function rebootNow(host: Host, signal: AbortSignal): Promise<never> {
  await requestReboot(host).catch(() => undefined);
  await host.sleep(ORDERLY_MS, signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw error;
  });
  for (;;) {
    await forceReboot(host).catch(() => undefined);
    await host.sleep(10_000);
  }
}

/**
 * Makes the old stateroot what boots next. With a one-shot boot it is the default already; where it is not (a commit
 * cut in half, a boot loader without one-shot) it is made so. An update that the new system has staged would come first.
 *
 * @throws PivotError `no-way-back` if it has no deployment
 */
export async function returnToOld(host: Host, pivot: Pick<Pivot, 'old'>): Promise<void> {
  const sysroot = await readSysroot(host);
  await takeBackOrder(host);
  const old = oldDeployment(sysroot, pivot);
  await setDefault(host, old.index);
}

function oldDeployment(sysroot: Sysroot, { old }: Pick<Pivot, 'old'>): Sysroot['deployments'][number] {
  const inOld = sysroot.deployments.filter(({ stateroot }) => stateroot === old.stateroot);
  const found = inOld.find(({ path }) => path.endsWith(`/${old.deployment}`)) ?? inOld[0];
  if (found !== undefined) return found;
  throw new PivotError('no-way-back', `The stateroot ${old.stateroot} has no deployment to go back to.`);
}

async function writeDown(
  host: Host,
  blackBox: BlackBox,
  failure: PivotFailure,
  outcome: string,
): Promise<void> {
  await updatePivot(host, (pivot) => ({ ...pivot, state: 'failed', failure })).catch(() => undefined);
  await blackBox.record({
    kind: 'failure',
    step: failure.step,
    message: `${failure.reason}; ${outcome}`,
    data: { trigger: failure.trigger, evidence: failure.evidence, remedy: failure.remedy },
  });
}
