import test, { type ExecutionContext } from 'ava';
import type { CompleteContext } from '../../../../bootagent/stages/complete/complete-context.ts';
import { applyClusterConfiguration } from '../../../../bootagent/stages/complete/steps/apply-cluster-configuration.ts';
import { waitForApi } from '../../../../bootagent/stages/complete/steps/wait-for-api.ts';
import { SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import { Journal } from '../../../../core/sequence/journal.ts';
import { runSequence } from '../../../../core/sequence/run-sequence.ts';
import { attempt } from '../../../support/fake-attempt.ts';
import { systemdNode } from '../../../support/kubernetes-node.ts';
import { SmallApiServer } from '../../../support/small-api-server.ts';
import { stageContext } from '../../../support/stage-context.ts';

const MIRRORS = '/apis/config.openshift.io/v1/imagedigestmirrorsets';
const NODE = '/api/v1/nodes/node-a';
const WEBHOOK = 'Internal error occurred: failed calling webhook "n.example": connection refused';

/** A new system whose API has just become ready, with the seed's mirrors; the site has a label and mirrors of its own. */
async function clusterComingUp(t: ExecutionContext) {
  const server = new SmallApiServer();
  const address = await server.start();
  t.teardown(() => server.stop());
  const metadata = (name: string) => ({ name, generation: 1, resourceVersion: '1' });
  const node = { apiVersion: 'v1', kind: 'Node', metadata: metadata('node-a') };
  const mirrors = { apiVersion: 'config.openshift.io/v1', kind: 'ImageDigestMirrorSet' };
  server.objects.set(NODE, node);
  server.objects.set(`${MIRRORS}/of-the-seed`, { ...mirrors, metadata: metadata('of-the-seed') });
  server.objects.set('/readyz', { metadata: metadata('readyz') });
  server.objects.set('/apis/config.openshift.io/v1', {
    groupVersion: 'config.openshift.io/v1',
    resources: [{ name: 'imagedigestmirrorsets', kind: mirrors.kind, namespaced: false }],
    metadata: metadata('discovery'),
  });
  const kubeconfig = {
    clusters: [{ name: 'c', cluster: { server: address } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const site = { api_version: 1, hostname: 'node-a', node_labels: { 'site.example/rack': '7' } };
  const list = { kind: 'List', items: [{ ...mirrors, metadata: { name: 'of-the-site' } }] };
  const host = systemdNode()
    .file('/etc/kubernetes/admin.conf', JSON.stringify(kubeconfig))
    .file(`${SITE_DIRECTORY}/manifest.json`, JSON.stringify(site))
    .file(`${SITE_DIRECTORY}/manifests/image-digest-mirror-set.json`, JSON.stringify(list));
  const told: string[] = [];
  const context: CompleteContext = {
    ...stageContext(host, { report: async (text) => void told.push(text) }),
    pivot: attempt({ state: 'configured' }),
    proven: { api: false, essentials: false, healthy: false },
  };
  const run = (...steps: (typeof waitForApi)[]) =>
    runSequence({ name: 'complete', steps }, context, {
      journal: new Journal(host, '/journal.json'),
      key: 'x',
      observe: () => undefined,
      undoOnFailure: false,
    });
  return { server, host, context, told, run };
}

test('What a cluster that comes up refuses for now is asked again, each question by itself.', async (t) => {
  const { server, told, run } = await clusterComingUp(t);
  const trouble = (request: RegExp, code: number, message = 'busy') => ({ request, code, message });
  server.troubles.push(
    trouble(new RegExp(`GET ${MIRRORS}$`), 429),
    trouble(/DELETE/, 503),
    trouble(/POST/, 500, WEBHOOK),
    trouble(/POST/, 409),
    trouble(/PATCH/, 504),
    ...Array.from({ length: 200 }, () => trouble(/PATCH/, 500, WEBHOOK)),
  );
  await run(applyClusterConfiguration);
  t.is(server.troubles.length, 0);
  t.false(server.objects.has(`${MIRRORS}/of-the-seed`));
  t.true(server.objects.has(`${MIRRORS}/of-the-site`));
  t.deepEqual(server.objects.get(NODE)?.metadata['labels'], { 'site.example/rack': '7' });
  t.is(server.requests.filter((request) => request.startsWith('DELETE')).length, 2);
  t.regex(told.at(-1) ?? '', /waiting for the cluster: .*failed calling webhook/);
});

test('A cluster that goes on refusing is given up before the watchdog acts, in its own words.', async (t) => {
  const { server, host, run } = await clusterComingUp(t);
  const trouble = { request: /PATCH/, code: 500, message: WEBHOOK };
  server.troubles.push(...Array.from({ length: 2000 }, () => trouble));
  await t.throwsAsync(run(applyClusterConfiguration), { message: /failed calling webhook/ });
  t.true(host.uptime > 1_600, `${host.uptime}`);
  t.true(host.uptime < 1_700, `${host.uptime}`);
});

test('What a cluster refuses for good is not asked again.', async (t) => {
  const { server, host, run } = await clusterComingUp(t);
  server.troubles.push({ request: /PATCH/, code: 403, message: 'forbidden' });
  const before = host.uptime;
  await t.throwsAsync(run(applyClusterConfiguration), { message: /forbidden/ });
  t.is(host.uptime, before);
});

test('An API that was ready once and is not at the next look does not fail the upgrade.', async (t) => {
  const { server, context, run } = await clusterComingUp(t);
  let looks = 0;
  const answers = [503, 503, undefined, 503, 503];
  Object.defineProperty(server, 'isDown', { get: () => answers[looks++] !== undefined });
  await run(waitForApi);
  t.true(context.proven.api);
  t.is(looks, 3, 'one look by the check, two by the wait, and none after it');
});
