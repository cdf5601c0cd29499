import test, { type ExecutionContext } from 'ava';
import { OWNER_LABEL } from '../../../../bootagent/backup/node-id.ts';
import { VELERO_PLAN } from '../../../../bootagent/backup/velero/velero-plan.ts';
import { restoreResources } from '../../../../bootagent/stages/complete/steps/restore-resources.ts';
import type { Pivot } from '../../../../core/contract/pivot.ts';
import { completingNode } from '../../../support/completing-node.ts';

// How long Velero may take, and hiccups at a chosen request. Waves and words are shown in test/cluster.
const VELERO = '/apis/velero.io/v1/namespaces/openshift-adp';
const RESTORE = `${VELERO}/restores/app-back`;
const VOLUMES = '/api/v1/persistentvolumes';

const named = (kind: string, name: string, more: object = {}) => ({
  apiVersion: 'velero.io/v1',
  kind,
  metadata: { name, namespace: 'openshift-adp', ...more },
});

/** Velero has found the Backup, and ends a Restore so many seconds after it was made. */
async function veleroNode(t: ExecutionContext, takesSeconds: number, pivot: Partial<Pivot> = {}) {
  const node = await completingNode(t, pivot);
  const { api, host } = node;
  api.objects.set(`${VELERO}/backups/app`, named('Backup', 'app', { labels: { [OWNER_LABEL]: 'node' } }));
  const restore = { ...named('Restore', 'app-back'), spec: { backupName: 'app' } };
  const plan = { version: 1, request: 'r', clusterId: 'node', configuration: [], waves: [[restore]] };
  host.file(VELERO_PLAN, JSON.stringify(plan));
  let begun: number | undefined;
  node.meanwhile = () => {
    const object = api.objects.get(RESTORE);
    if (object === undefined) return;
    begun ??= host.uptime;
    const phase = host.uptime - begun >= takesSeconds ? 'Completed' : 'InProgress';
    api.objects.set(RESTORE, { ...object, status: { phase } });
  };
  return node;
}

test('A Restore by Velero may take as long as the init monitor gives the new system', async (t) => {
  const { host, context } = await veleroNode(t, 900, { timeoutSeconds: 1_200 });
  await restoreResources.apply(context);
  t.true((await restoreResources.check(context)).done);
  t.true(host.uptime > 900);
});

test('A Restore that does not end is given up before the init monitor acts, and is named', async (t) => {
  const { host, context } = await veleroNode(t, Number.POSITIVE_INFINITY, { timeoutSeconds: 900 });
  const error = await t.throwsAsync(restoreResources.apply(context));
  t.is(error.message, 'Failed restore CRs: app-back');
  t.true(host.uptime >= 770 && host.uptime < 900);
});

test('Without an init monitor Velero is waited for', async (t) => {
  const rollback = { postRebootConfig: true, upgradeCompletion: true, initMonitor: false };
  const { context } = await veleroNode(t, 900, { timeoutSeconds: 300, rollback });
  await restoreResources.apply(context);
  t.true((await restoreResources.check(context)).done);
});

const OUTAGES: readonly (readonly [request: string, when: 'before' | 'after'])[] = [
  [`GET ${RESTORE}`, 'before'],
  [`POST ${VELERO}/restores`, 'before'],
  [`POST ${VELERO}/restores`, 'after'],
  [`GET ${VOLUMES}`, 'before'],
  [`PATCH ${VOLUMES}/disk`, 'after'],
];
for (const [request, when] of OUTAGES) {
  test(`One answer that does not come sends no node back: ${request}, lost ${when} it was done`, async (t) => {
    const { api, context } = await veleroNode(t, 10);
    const annotations = { 'lca.openshift.io/updated-reclaim-policy': 'true' };
    const metadata = { name: 'disk', annotations, generation: 1 };
    api.objects.set(`${VOLUMES}/disk`, { apiVersion: 'v1', kind: 'PersistentVolume', metadata });
    let left = 1;
    api.outage = (asked) => (asked === request && left-- > 0 ? when : undefined);
    await restoreResources.apply(context);
    t.true(left <= 0);
    t.like(api.objects.get(`${VOLUMES}/disk`), { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
  });
}

test('An API that stays away is borne for ten minutes, not until the init monitor acts', async (t) => {
  const { api, host, context } = await veleroNode(t, 10, { timeoutSeconds: 1_200 });
  const begun = host.uptime;
  api.isDown = true;
  await t.throwsAsync(restoreResources.apply(context), { message: /answered|refused/ });
  t.true(host.uptime - begun >= 600 && host.uptime - begun < 620);
});
