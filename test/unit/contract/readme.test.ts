import { readFileSync } from 'node:fs';
import test from 'ava';
import { isDisabled } from '../../../core/contract/annotations.ts';
import { parseRequest, requestWarnings } from '../../../core/contract/image-based-upgrade.ts';

const README = readFileSync(new URL('../../../core/contract/README.md', import.meta.url), 'utf8');

test('The README’s request is a request, with every field it shows.', (t) => {
  const sample = /```yaml\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
  const request = parseRequest(sample);
  t.deepEqual(requestWarnings(request), []);
  t.deepEqual(request.additionalImages, { name: 'more', namespace: 'openshift-lifecycle-agent' });
  t.is(request.seedImageRef?.pullSecretRef, 'seed-pull');
  t.deepEqual(request.carryOver, ['/etc/app', '/var/lib/app']);
  const misspelt = sample.replace('version: 4', 'versoin: 4');
  t.throws(() => parseRequest(misspelt), { message: /did you mean version\?/ });
});

test('The README’s rollback annotations are the ones that are read.', (t) => {
  const names = [...README.matchAll(/`(auto-rollback-on-failure\.[^`]+)`/g)].map(([, name]) => name ?? '');
  t.is(names.length, 3);
  const header = 'apiVersion: lca.openshift.io/v1\nkind: ImageBasedUpgrade\nspec: {stage: Idle}\n';
  const request = parseRequest(
    `${header}metadata: {name: upgrade, annotations: {${names.map((name) => `${name}: Disabled`).join(', ')}}}\n`,
  );
  t.like(request.autoRollbackOnFailure, {
    postRebootConfig: false,
    upgradeCompletion: false,
    initMonitor: false,
  });
  t.true(isDisabled(request.annotations, 'auto-rollback-on-failure.lca.openshift.io/init-monitor'));
});
