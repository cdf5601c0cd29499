import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { kubectl, untilClusterReady } from '../support/story/cluster.ts';
import { OWN_CRYPTO, preparedClusterTarget } from '../support/story/cluster-target.ts';
import { cameBack, upgradeAndComeBack } from '../support/story/come-back.ts';
import { CLUSTER_TARGET } from '../support/story/frozen-cluster.ts';
import { preparedPaths, withTimeout } from '../support/story/target.ts';
import type { VmNode } from '../support/vm/node.ts';

/** Seconds; the API and a kubelet need two minutes of them under emulation. */
const PATIENCE = 600;

async function oldClusterIsBack(node: VmNode): Promise<string> {
  await untilClusterReady(node, CLUSTER_TARGET.name);
  return kubectl(node, "get secret of-the-site --output=jsonpath='{.data.code}' | base64 -d");
}

/** Its command line stays as it is: lca reads it. */
async function neverStarts(node: VmNode, dropIns: string): Promise<void> {
  await node.sh('mount -o remount,rw /sysroot');
  await node.writeFile(`${dropIns}/broken.conf`, '[Service]\nExecStartPre=/bin/false\n');
}

test('When the API of the new cluster never comes up, the node comes back and says so', async (t) => {
  await using target = await preparedClusterTarget(t.title);
  await withTimeout(target, PATIENCE);
  const before = await target.sh(OWN_CRYPTO);
  const { etc } = await preparedPaths(target);
  await neverStarts(target, `${etc}/systemd/system/kube-apiserver.service.d`);
  await upgradeAndComeBack(t, target, /API of the cluster has not come up in time/);
  t.is(await oldClusterIsBack(target), '1234');
  t.is(await target.sh(OWN_CRYPTO), before);
});

test('When the kubelet of the new cluster never becomes Ready, the node comes back and says so', async (t) => {
  await using target = await preparedClusterTarget(t.title);
  await withTimeout(target, PATIENCE);
  const { etc } = await preparedPaths(target);
  await neverStarts(target, `${etc}/systemd/system/kubelet.service.d`);
  await upgradeAndComeBack(t, target, new RegExp(`node ${CLUSTER_TARGET.name}|not ready`, 'i'));
  t.is(await oldClusterIsBack(target), '1234');
});

test('When the power is cut after the new crypto is in place and before the kubelet starts, the node comes back', async (t) => {
  await using target = await preparedClusterTarget(t.title);
  const before = await target.sh(OWN_CRYPTO);
  await target.bootId();
  const after = target.console.position;
  await target.sh('lca upgrade --no-wait');
  await target.console.waitFor(/reissue-crypto \(\d\/\d\): done/, { timeoutMs: 900_000, after });
  await delay(Math.floor(Math.random() * 500));
  await target.powerCut();
  await target.powerOn();
  await cameBack(t, target, /Uncontrolled rollback: .*(power was cut|power cut)/);
  t.is(await oldClusterIsBack(target), '1234');
  t.is(await target.sh(OWN_CRYPTO), before);
});
