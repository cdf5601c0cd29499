import { VALIDATION_WARNING } from '../../../core/contract/annotations.ts';
import { editRequest, setAnnotation } from '../../../core/contract/edit-request.ts';
import { isCausedByOutage } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { DoctorCheck, DoctorContext } from '../../doctor/doctor-check.ts';
import { prepContext } from '../../doctor/doctor-context.ts';
import { type Found, findings, nodeChecks } from '../../doctor/examine.ts';
import type { StageContext } from '../stage-context.ts';
import { StageError } from '../stage-error.ts';
import { MESSAGES } from '../state-machine/messages.ts';

/** The check whose failures pass by themselves: Prep waits for it, as it is documented to. */
const HEALTH = 'health';
/** The check whose warnings are documented to be an annotation too. */
const MANIFESTS = 'manifests';
/** Upstream's pause between looks. */
const PAUSE_MS = 20_000;

/**
 * The doctor's whole list, before a byte is fetched. A blocker refuses Prep; an unwell node and an API that does not answer
 * are waited for, and the condition says what for; warnings go into the black box and Prep goes on.
 *
 * @param known the checks, where they are not this node's
 * @returns the context that was looked at: what it has asked already is not asked again
 * @throws the only blocker's own error where it threw one, else StageError `unfit` with all blockers
 */
export async function examineNode(
  context: StageContext,
  known?: readonly DoctorCheck[],
): Promise<DoctorContext> {
  const { host, request, report, signal } = context;
  const checks = known ?? (await nodeChecks(host));
  let doctor = prepContext(host, request);
  for (;;) {
    const all = await findings(doctor, checks);
    const blockers = all.filter(({ verdict, sameAs }) => verdict === 'blocker' && sameAs === undefined);
    const unwell = blockers.find(({ check }) => check === HEALTH) ?? blockers[0];
    if (unwell === undefined || !blockers.every(passes)) {
      refuse(blockers);
      for (const { check, verdict, detail } of all)
        if (verdict === 'warning')
          await context.note('decision', `Prep goes on with a warning: ${check}: ${detail}`);
      const doubts = all.find(({ check, verdict }) => check === MANIFESTS && verdict === 'warning');
      if (doubts !== undefined) await editRequest(host, [setAnnotation(VALIDATION_WARNING, doubts.detail)]);
      return doctor;
    }
    await report(MESSAGES.prep.waiting(unwell.detail));
    await host.sleep(PAUSE_MS, signal);
    // what could not be answered is asked anew
    if (blockers.some(({ error }) => isCausedByOutage(error))) doctor = prepContext(host, request);
  }
}

function passes({ check, error }: Found): boolean {
  return check === HEALTH || isCausedByOutage(error);
}

/** A text as documented where one check refuses; several are listed as health checks are. */
function refuse(blockers: readonly Found[]): void {
  const [first, ...more] = blockers;
  if (first === undefined) return;
  if (more.length === 0 && first.error !== undefined) throw first.error;
  const told =
    more.length === 0
      ? first.detail
      : blockers.map(({ check, detail }) => `${check}: ${detail}`).join('\n  - ');
  const remedies = blockers.map(({ remedy }) => remedy).filter((remedy) => remedy !== '');
  throw new StageError(
    'unfit',
    more.length === 0
      ? told
      : `${blockers.length} checks of this node found that the upgrade would fail: ${told}`,
    remedies.length === 0 ? {} : { remedy: remedies.join('\n') },
  );
}
