import test from 'ava';
import { restoreUsersKeys } from '../../../bootagent/boot/steps/restore-users-keys.ts';
import { readAuthorizedKeys } from '../../../bootagent/site/users.ts';
import { EXCLUSIONS, excluder } from '../../../builder/exclusions.ts';
import {
  NO_RECONFIGURATION,
  parseSeedReconfiguration,
  seedReconfigurationText,
} from '../../../core/contract/seed-reconfiguration.ts';
import { overlayRoot } from '../../support/overlay-root.ts';

const HOME = '/var/home/somebody';
const FILES = [
  '.ssh/authorized_keys',
  '.ssh/authorized_keys2',
  '.ssh/authorized_keys.d/ib-early-access',
  '.ssh/authorized_keys.d/from the site',
];

test('whoever could log in can do so after the upgrade: every key file that a seed leaves out comes back', async (t) => {
  const machine = await overlayRoot(t);
  const look = async (): Promise<string> => {
    await machine.shell(
      `cd ${HOME}; find .ssh -printf '%p %y %U %G %m ' \\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\) | sort > /found`,
    );
    return (await machine.host.readText('/found')) ?? '';
  };
  await machine.shell(`echo somebody:x:4242:4243::/home/somebody:/bin/sh >> /etc/passwd; mkdir -p ${HOME}`);
  for (const file of FILES) await machine.write(`${HOME}/${file}`, `ssh-ed25519 AAAA ${file}\n`);
  await machine.shell(`
    cd ${HOME}; chown -R 4242:4243 .ssh; chmod 700 .ssh .ssh/authorized_keys.d; chmod 600 .ssh/authorized_keys
    chown 0:0 .ssh/authorized_keys2; chmod 644 .ssh/authorized_keys2 .ssh/authorized_keys.d/*
  `);
  const excluded = excluder(EXCLUSIONS);
  for (const file of FILES) t.truthy(excluded(`${HOME}/${file}`, 'file'), `${file} is not in a seed`);
  const before = await look();
  const keys = await readAuthorizedKeys(machine.host);
  t.deepEqual(Object.keys(keys['somebody'] ?? {}).toSorted(), FILES.toSorted());

  await machine.shell(`rm -rf ${HOME}/.ssh`);
  const written = seedReconfigurationText({
    ...NO_RECONFIGURATION,
    lca: { ...NO_RECONFIGURATION.lca, authorized_keys: { ...keys, nobodyhere: keys['somebody'] ?? {} } },
  });
  const context = {
    host: machine.host,
    site: parseSeedReconfiguration(written),
    attempt: 'x',
    report: async () => undefined,
    signal: AbortSignal.any([]),
  };
  t.false((await restoreUsersKeys.check(context)).done);
  await restoreUsersKeys.apply(context);
  t.true((await restoreUsersKeys.check(context)).done);
  t.is(await look(), before);
});
