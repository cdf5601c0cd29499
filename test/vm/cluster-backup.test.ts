import test from 'ava';
import { kubectl, untilClusterReady } from '../support/story/cluster.ts';
import { upgradeAndComeBack, upgradeFailsHere } from '../support/story/come-back.ts';
import { CLUSTER_TARGET } from '../support/story/frozen-cluster.ts';
import { APPS, portrait, served, VOLUME_PATH } from '../support/story/own-apps.ts';
import { preparedWithBackups, RESTORES } from '../support/story/own-apps-backups.ts';
import { rolledBack, upgraded } from '../support/story/pivots.ts';
import { atShutdown, OWN_DATA } from '../support/story/target.ts';
import type { VmNode } from '../support/vm/node.ts';

const STORE = '/ostree/lca/backup';

async function ready(log: string): Promise<VmNode> {
  const target = await preparedWithBackups(log);
  await untilClusterReady(target, CLUSTER_TARGET.name);
  return target;
}

async function oldClusterServes(node: VmNode): Promise<string> {
  await untilClusterReady(node, CLUSTER_TARGET.name);
  return served(node, 'data/readings.txt');
}

test("A cluster's own apps, with their volume and node port, come back in waves in the new system, and are as before after Rollback", async (t) => {
  await using target = await ready(t.title);
  const before = await portrait(target);
  t.is(before['data'], OWN_DATA.trim());
  await upgraded(t, target);
  await kubectl(target, `rollout status deployment/radio --namespace=${APPS} --timeout=280s`);
  t.deepEqual(await portrait(target), before);
  t.is(
    await kubectl(target, "get secret of-the-fleet --output=jsonpath='{.data.colour}' | base64 -d"),
    'blue',
    "beside the seed's objects",
  );
  t.is(
    await kubectl(target, "get configmap for-the-new-version --output=jsonpath='{.data.colour}'"),
    'green',
    'and what an extra manifest asks for',
  );
  t.is(
    await target.sh(`cd ${STORE}/restores && ls -rt */restore-*-logs.gz`),
    RESTORES.map((name) => `${name}/restore-${name}-logs.gz`).join('\n'),
    'in the order of the waves',
  );
  const labels = "--output=jsonpath='{.metadata.labels.velero\\.io/restore-name}'";
  t.is(await kubectl(target, `get crd/gauges.example.org ${labels}`), 'z-types-back');
  t.is(await kubectl(target, `get pv/radio ${labels}`), 'm-volume-back');
  t.is(await kubectl(target, `get deployment/radio --namespace=${APPS} ${labels}`), 'a-apps-back');
  await target.sh(`echo changed on the new system >> ${VOLUME_PATH}/readings.txt`);
  await kubectl(target, `delete configmap/radio --namespace=${APPS}`);

  await rolledBack(t, target);
  t.is(await oldClusterServes(target), OWN_DATA.trim());
  t.deepEqual(await portrait(target), before);
  t.regex(await target.sh('lca idle 2>&1', { timeoutMs: 900_000 }), /Idle$/);
  t.is((await target.ssh('ls -d /ostree/lca')).code, 2, 'the backups are gone');
});

test('A Restore with an object that the API refuses makes the node come back, and says which', async (t) => {
  await using target = await ready(t.title);
  // what is there stays as it is; it could not be made anew
  const maximum = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/at/maximum';
  const patch = JSON.stringify([{ op: 'replace', path: maximum, value: 5 }]);
  await kubectl(target, `patch crd/gauges.example.org --type=json --patch='${patch}'`);
  await upgradeAndComeBack(t, target, /Rollback due to restore failure: .*Failed restore CRs: a-apps-back/);
  t.regex(await target.sh('lca why'), /error restoring Gauge "radio": .*less than or equal to 5/);
  t.is(await oldClusterServes(target), OWN_DATA.trim());
});

test("A backup of a cluster's objects that is damaged on the way makes the node come back, with nothing restored", async (t) => {
  await using target = await ready(t.title);
  await atShutdown(
    target,
    `mount -o remount,rw /sysroot; printf x | dd of=${STORE}/backups/apps/apps.tar.gz bs=1 seek=200 conv=notrunc`,
  );
  await upgradeAndComeBack(t, target, /Failed restore CRs: a-apps-back/);
  t.regex(await target.sh('lca why'), /apps\.tar\.gz is not what was stored/);
  t.is((await target.ssh(`ls ${STORE}/restores`)).stdout, '', 'no Restore was begun');
  t.is(await oldClusterServes(target), OWN_DATA.trim());
});

test("When a cluster's backups cannot be reached from the new system, the node comes back and says so", async (t) => {
  await using target = await ready(t.title);
  await atShutdown(target, `mount -o remount,rw /sysroot; mv ${STORE} ${STORE}.away`);
  await upgradeAndComeBack(t, target, /Failed restore CRs: (a-apps|m-volume|z-types)-back/);
  t.is(await oldClusterServes(target), OWN_DATA.trim());
});

test("When a cluster's backups cannot be stored, no reboot happens, and its apps serve on", async (t) => {
  await using target = await ready(t.title);
  const before = await portrait(target);
  // a file where the directory of backups belongs
  await target.sh('mount -o remount,rw /sysroot; touch /ostree/lca');
  const status = await upgradeFailsHere(t, target, /Failed backup CRs: apps/);
  t.deepEqual(status.validNextStages, ['Idle']);
  t.is(await oldClusterServes(target), OWN_DATA.trim());
  t.deepEqual(await portrait(target), before);
  await target.sh('rm /ostree/lca');
});
