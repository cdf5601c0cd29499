import test from 'ava';
import { upgradeAndComeBack, upgradeFailsHere } from '../support/story/come-back.ts';
import { preparedTarget, withTimeout } from '../support/story/target.ts';

const STAGED = '/run/ostree/staged-deployment';
/** Stages an update of the running system: its own commit once more, as good as any. */
const STAGE =
  "ostree admin deploy --stage $(ostree admin status | sed -n 's/^\\* [^ ]* \\([0-9a-f]\\{64\\}\\).*/\\1/p')";

test('An update that is staged keeps Upgrade from beginning, until the remedy has been followed', async (t) => {
  await using target = await preparedTarget(t.title);
  const before = await target.sh('ls /boot/loader/entries');
  await target.sh(`${STAGE} && test -e ${STAGED}`, { timeoutMs: 300_000 });
  t.regex(
    (await target.ssh('lca doctor 2>&1', { timeoutMs: 300_000 })).stdout,
    /an update of the system is staged/,
  );
  await upgradeFailsHere(t, target, /An update of the running system is staged for the next reboot/);
  const [, remedy = ''] = /Run: (.+)/.exec(await target.sh('lca why')) ?? [];
  t.is(remedy, 'ostree admin undeploy 0');
  await target.sh(remedy, { timeoutMs: 300_000 });
  t.notRegex((await target.ssh('lca doctor 2>&1', { timeoutMs: 300_000 })).stdout, /staged/);
  t.is(await target.sh('ls /boot/loader/entries'), before, 'all else is there');
});

test('An update that the new system stages before it proves healthy does not keep the node from coming back', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 240);
  const check = `#!/bin/sh
test "$(cat /usr/share/test-host/release)" = 1.0.0 && exit
${STAGE} >&2 && test -e ${STAGED} && echo an update has been staged
exit 1
`;
  await target.writeFile('/var/lib/lca/health.d/required.d/updater', check, '0755');
  await upgradeAndComeBack(t, target, /required\.d\/updater: exit code 1: .*an update has been staged/);
});
