import test from 'ava';
import { MANIFEST_DIRECTORIES } from '../../../bootagent/manifests/stored-manifests.ts';
import { outlastingOutages } from '../../../bootagent/stages/upgrade/outlast-outages.ts';
import { UPGRADE } from '../../../bootagent/stages/upgrade/plan.ts';
import { MANIFESTS_EXPORTED_FOR } from '../../../bootagent/stages/upgrade/steps/export-manifests.ts';
import { exportSite } from '../../../bootagent/stages/upgrade/steps/export-site.ts';
import { WORKSPACE } from '../../../bootagent/stages/workspace.ts';
import { SITE_DIRECTORY, SITE_NETWORK_PATH } from '../../../core/contract/paths.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { NEW, nodeRunning } from '../../support/fake-attempt.ts';
import { PREPARED_SEED } from '../../support/prepared-seed.ts';
import { stageContext } from '../../support/stage-context.ts';

const THEIRS = `/ostree/deploy/${NEW.stateroot}`;

test('What is asked of the cluster is asked before its API is stopped, and data is copied after.', (t) => {
  const order = UPGRADE.steps.map(({ name }) => name);
  const stop = order.indexOf('stop-workloads');
  for (const name of ['export-cluster', 'export-manifests']) t.true(order.indexOf(name) < stop, name);
  for (const name of ['carry-over', 'back-up']) t.true(order.indexOf(name) > stop, name);
});

test('An API that is away for a moment is waited for, and one that refuses is not.', async (t) => {
  const told: string[] = [];
  const context = stageContext(nodeRunning('old', undefined), {
    report: async (message) => void told.push(message),
  });
  const answers: ('timed-out' | 'forbidden')[] = ['timed-out', 'timed-out'];
  const step = outlastingOutages({
    name: 'ask',
    summary: 'Ask the cluster',
    check: async () => ({ done: false, because: 'it has not been asked' }),
    async apply() {
      const code = answers.shift();
      if (code !== undefined) throw new KubernetesError(code, 'The API does not answer.');
    },
  });
  await step.apply(context);
  t.deepEqual(told, ["waiting for the cluster's API", "waiting for the cluster's API"]);
  answers.push('forbidden');
  await t.throwsAsync(step.apply(context), { code: 'forbidden' });
  answers.push(...Array.from({ length: 1000 }, () => 'timed-out' as const));
  await t.throwsAsync(step.apply(context), { code: 'timed-out' });
});

test('A site that is exported anew loses what was there, but not the manifests exported before.', async (t) => {
  const manifest = `${THEIRS}${MANIFEST_DIRECTORIES.extra}/group1/1_ConfigMap_a_b.yaml`;
  const host = nodeRunning('old', undefined)
    .file(WORKSPACE.seedDescription, JSON.stringify(PREPARED_SEED))
    .file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`)
    .on(/^ip -json /, '[]')
    .file(manifest, 'kind: ConfigMap')
    .file(THEIRS + MANIFESTS_EXPORTED_FOR, 'x\n')
    .file(`${THEIRS}${SITE_DIRECTORY}/old-key`, 'left by an export that was cut short');
  const context = stageContext(host);
  await exportSite.apply(context);
  t.true(host.files.has(manifest));
  t.true(host.files.has(THEIRS + MANIFESTS_EXPORTED_FOR));
  t.false(host.files.has(`${THEIRS}${SITE_DIRECTORY}/old-key`));
  t.true(host.files.has(`${THEIRS}${SITE_DIRECTORY}/exported-for`));
  t.deepEqual(JSON.parse(host.files.get(THEIRS + SITE_NETWORK_PATH) ?? ''), { routed: [], addressed: [] });
});
