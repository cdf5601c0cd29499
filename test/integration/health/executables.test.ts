import test from 'ava';
import { executableChecks } from '../../../bootagent/health/executables.ts';
import { runHealthChecks } from '../../../bootagent/health/run-health-checks.ts';
import { overlayRoot } from '../../support/overlay-root.ts';

const D = '/var/lib/lca/health.d';

test('executables of health.d and of greenboot are run, and what they say is told', async (t) => {
  const root = await overlayRoot(t);
  await root.shell('rm -rf /var/lib/lca/health.d /etc/greenboot /usr/lib/greenboot');
  await root.write(`${D}/required.d/10-well`, '#!/bin/sh\nexit 0\n');
  await root.write(
    `${D}/required.d/20-sick.sh`,
    '#!/bin/sh\necho out; echo the database is down >&2; exit 3\n',
  );
  await root.write(`${D}/required.d/30-slow`, '#!/bin/sh\n# lca-budget: 1s\nsleep 60\n');
  await root.write(`${D}/required.d/40-no-right`, 'echo never run\n');
  await root.write(`${D}/required.d/.hidden`, '#!/bin/sh\nexit 1\n');
  await root.shell(`ln -s ../../../../../usr/bin/true ${D}/required.d/50-link`);
  await root.write(`${D}/wanted.d/10-wish`, '#!/bin/sh\nexit 1\n');
  await root.write('/etc/greenboot/check/required.d/10.sh', '#!/bin/sh\nexit 0\n');
  const checks = await executableChecks(root.host);
  t.is(checks.find(({ name }) => name.endsWith('30-slow'))?.budgetMs, 1000);
  const { healthy, results } = await runHealthChecks(checks);
  t.false(healthy);
  const said = Object.fromEntries(results.map(({ name, well, detail }) => [name, well ? 'well' : detail]));
  t.deepEqual(
    { ...said, [`${D}/required.d/30-slow`]: 'see below' },
    {
      [`${D}/required.d/10-well`]: 'well',
      [`${D}/required.d/20-sick.sh`]: 'exit code 3: out\n\nthe database is down',
      [`${D}/required.d/30-slow`]: 'see below',
      [`${D}/required.d/40-no-right`]: `it is not executable, so it tells nothing (chmod +x ${D}/required.d/40-no-right, or take it away)`,
      [`${D}/required.d/50-link`]: 'well',
      [`${D}/wanted.d/10-wish`]: 'exit code 1',
      '/etc/greenboot/check/required.d/10.sh': 'well',
    },
  );
  t.regex(said[`${D}/required.d/30-slow`] ?? '', /did not (answer|end) within 1 s/);
  // as the detail says
  await root.shell(`chmod +x ${D}/required.d/40-no-right; rm ${D}/required.d/[23]*`);
  await root.write(`${D}/required.d/40-no-right`, '#!/bin/sh\nexit 0\n');
  t.true((await runHealthChecks(await executableChecks(root.host))).healthy);
});
