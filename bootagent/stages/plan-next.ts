import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Stage } from '../../core/contract/stage.ts';
import type { Status } from '../../core/contract/status.ts';
import type { Host } from '../../core/host/host.ts';
import { type PlannedStep, planSequence } from '../../core/sequence/run-sequence.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import { givenUp } from './idle/given-up.ts';
import { CLEAN_UP } from './idle/plan.ts';
import { PREP } from './prep/plan.ts';
import { ROLLBACK } from './rollback/plan.ts';
import type { StageContext } from './stage-context.ts';
import { UPGRADE } from './upgrade/plan.ts';

/** Asks every check of a stage's steps without applying any: what would happen now. Changes nothing. */
export async function planStage(
  host: Host,
  stage: Stage,
  request: UpgradeRequest,
  status: Status,
): Promise<readonly PlannedStep[]> {
  const context: StageContext = {
    host,
    request,
    report: async () => undefined,
    note: async () => undefined,
    signal: new AbortController().signal,
  };
  switch (stage) {
    case 'Prep':
      return planSequence(PREP, context);
    case 'Upgrade':
      return planSequence(UPGRADE, context);
    case 'Rollback': {
      const original = status.lca.stateroots?.original ?? (await readSysroot(host)).booted.stateroot;
      return planSequence(ROLLBACK, { ...context, original, status: () => status });
    }
    case 'Idle':
      return planSequence(CLEAN_UP, { ...context, ...(await givenUp(host, status)) });
    default:
      return stage satisfies never;
  }
}
