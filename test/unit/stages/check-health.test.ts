import test from 'ava';
import { checkHealth } from '../../../bootagent/stages/upgrade/steps/check-health.ts';
import { stopWorkloads } from '../../../bootagent/stages/upgrade/steps/stop-workloads.ts';
import { WORKSPACE } from '../../../bootagent/stages/workspace.ts';
import { nodeRunning } from '../../support/fake-attempt.ts';
import { stageContext } from '../../support/stage-context.ts';

test('An Upgrade that goes on after it has stopped the workloads does not wait for them to be well', async (t) => {
  // a file that cannot be run is a check that is not well
  const host = nodeRunning('old', undefined).file('/var/lib/lca/health.d/required.d/app', '');
  const context = stageContext(host);
  t.false((await checkHealth.check(context)).done);
  const record = JSON.stringify([{ kind: 'unit', name: 'app.service' }]);
  host.file(`${WORKSPACE.directory}/stopped-workloads.json`, record);
  t.true((await checkHealth.check(context)).done);
  await stopWorkloads.undo?.(context);
  t.false((await checkHealth.check(context)).done, 'they run again');
});
