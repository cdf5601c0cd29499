import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ON_TRIAL_PATH } from '../../../bootagent/pivot/safety-net.ts';
import { COMMANDS } from '../../../cli/commands.ts';
import { IMAGE_TAGS_PATH, LCA_DIRECTORY, PIVOT_PATH } from '../../../core/contract/paths.ts';
import { PROGRAM_PATH } from '../../../core/install/install.ts';
import { UNITS, UNITS_SOURCE } from '../../../core/install/units.ts';
import { ROOT } from './sources.ts';

const DIRECTORY = join(ROOT, UNITS_SOURCE);

/** The values of a setting, over all lines that give it. */
function setting(unit: string, name: string): readonly string[] {
  const text = readFileSync(join(DIRECTORY, unit), 'utf8');
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].flatMap(([, value = '']) => value.split(' '));
}

test('lca install knows every unit there is', (t) => {
  const files = readdirSync(DIRECTORY, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(DIRECTORY.length + 1));
  t.deepEqual([...UNITS].toSorted(), files.toSorted());
});

test('units start the installed program with a command it has', (t) => {
  const names = COMMANDS.map(({ name }) => name);
  for (const unit of ['lca-agent.service', 'lca-boot.service', 'lca-watchdog.service']) {
    const [program, command] = setting(unit, 'ExecStart');
    t.is(program, PROGRAM_PATH, unit);
    t.true(names.includes(command ?? ''), unit);
  }
});

test('boot agent and watchdog run only where a pivot is on record (or tags are to be set), and wait for the directory it is in', (t) => {
  for (const unit of ['lca-boot.service', 'lca-watchdog.service']) {
    const signs = unit === 'lca-boot.service' ? [`|${PIVOT_PATH}`, `|${IMAGE_TAGS_PATH}`] : [PIVOT_PATH];
    t.deepEqual(setting(unit, 'ConditionPathExists'), signs, unit);
    t.true(setting(unit, 'RequiresMountsFor').includes(LCA_DIRECTORY), unit);
  }
});

test('the boot agent comes before the network, sshd and everything that runs containers', (t) => {
  const before = setting('lca-boot.service', 'Before');
  for (const unit of [
    'network-pre.target',
    'NetworkManager.service',
    'ssh.service',
    'sshd.service',
    'basic.target',
  ]) {
    t.true(before.includes(unit), unit);
  }
  for (const unit of [
    'podman.socket',
    'podman-restart.service',
    'crio.service',
    'kubelet.service',
    'containerd.service',
  ]) {
    t.true(before.includes(unit), unit);
  }
  t.deepEqual(
    setting('lca-boot.service', 'After').filter((unit) => before.includes(unit)),
    [],
  );
});

test('the watchdog waits for nothing that the boot agent waits for or makes', (t) => {
  t.deepEqual(setting('lca-watchdog.service', 'DefaultDependencies'), ['no']);
  t.deepEqual(setting('lca-watchdog.service', 'After'), []);
  t.deepEqual(setting('lca-watchdog.service', 'Requires'), []);
});

test('an lca that cannot start on trial leads back to the old system, and without a trial to nothing', (t) => {
  for (const unit of ['lca-boot.service', 'lca-watchdog.service']) {
    t.deepEqual(setting(unit, 'OnFailure'), ['lca-fallback.service'], unit);
  }
  t.deepEqual(setting('lca-watchdog.service', 'RestartPreventExitStatus'), ['203']);
  t.deepEqual(setting('lca-fallback.service', 'ConditionPathExists'), [ON_TRIAL_PATH]);
  t.deepEqual(setting('lca-fallback.service', 'SuccessAction'), ['reboot-force']);
  t.deepEqual(setting('lca-fallback.service', 'FailureAction'), ['reboot-force']);
  for (const unit of UNITS.filter((name) => name !== 'lca-fallback.service')) {
    t.deepEqual(
      setting(unit, '(Failure|Success|StartLimit)Action'),
      [],
      `${unit} must not act without the trial's mark`,
    );
  }
});
