import test, { type ExecutionContext } from 'ava';
import { bootedStateroot, condition, untilStatus } from '../support/story/nodes.ts';
import { rolledBack } from '../support/story/pivots.ts';
import { ibu, preparedPaths, preparedTarget, withTimeout } from '../support/story/target.ts';
import type { VmNode } from '../support/vm/node.ts';

const annotation = (name: string) => `auto-rollback-on-failure.lca.openshift.io/${name}: Disabled`;

/** Upgrades with a trigger switched off, and waits until the new system says that it stays. */
async function staysAndSaysSo(
  t: ExecutionContext,
  target: VmNode,
  trigger: string,
  cause: RegExp,
): Promise<void> {
  await target.bootId();
  await target.sh('lca upgrade --no-wait');
  const status = await untilStatus(
    target,
    'failed, and up in the new stateroot',
    (now, stateroot) => stateroot === 'lca_2.0.0' && condition(now, 'UpgradeCompleted')?.status === 'False',
  );
  const message = condition(status, 'UpgradeInProgress')?.message ?? '';
  t.regex(message, cause);
  t.regex(
    message,
    new RegExp(`automatic rollback is disabled for ${trigger}: the node stays in the new stateroot`),
  );
  t.deepEqual([...status.validNextStages], ['Rollback']);
  t.is(await bootedStateroot(target), 'lca_2.0.0');
  t.regex(await target.sh('lca why'), cause);
}

test('With post-reboot-config switched off, a failed first boot leaves the node up', async (t) => {
  await using target = await preparedTarget(t.title);
  await target.writeFile(
    '/var/lib/lca/ibu.yaml',
    ibu('Prep', { annotations: annotation('post-reboot-config') }),
  );
  const { etc } = await preparedPaths(target);
  // a file that restoring the keys of users trips over: the network is up by then, so that the node can be looked at
  await target.sh(`mount -o remount,rw /sysroot; touch ${etc}/environment; chattr +i ${etc}/environment`);
  await target.sh('echo https_proxy=http://proxy.example:3128 >> /etc/environment');
  await staysAndSaysSo(t, target, 'post-reboot-config', /\/etc\/environment/);
});

test('With upgrade-completion switched off, a failing health check leaves the node up, and Rollback brings it back', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 120);
  const request = ibu('Prep', { annotations: annotation('upgrade-completion'), timeout: 120 });
  await target.writeFile('/var/lib/lca/ibu.yaml', request);
  const check = '#!/bin/sh\ntest "$(cat /usr/share/test-host/release)" = 1.0.0\n';
  await target.writeFile('/var/lib/lca/health.d/required.d/antenna', check, '0755');
  await staysAndSaysSo(t, target, 'upgrade-completion', /required\.d\/antenna/);
  await rolledBack(t, target);
});

test('With init-monitor switched off, an upgrade that takes longer than its time completes all the same', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 20);
  const request = ibu('Prep', { annotations: annotation('init-monitor'), timeout: 20 });
  await target.writeFile('/var/lib/lca/ibu.yaml', request);
  await target.sh('lca upgrade --no-wait');
  await untilStatus(
    target,
    'completed in spite of the time',
    (now, stateroot) => stateroot === 'lca_2.0.0' && condition(now, 'UpgradeCompleted')?.status === 'True',
  );
  t.regex(await target.sh('lca events'), /init monitor is switched off: no deadline is kept/);
  t.true(Number((await target.sh('cat /proc/uptime')).split('.')[0]) > 20);
});
