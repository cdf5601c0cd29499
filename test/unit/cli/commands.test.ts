import test from 'ava';
import { COMMANDS, GROUPS } from '../../../cli/commands.ts';

test('every command loads, is named as in the list, and has a manual that describes it', async (t) => {
  for (const { name, summary, load } of COMMANDS) {
    const command = await load();
    t.is(command.name(), name.split(' ').at(-1) ?? '', name);
    const manual = command.summary(summary).helpInformation();
    for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS']) {
      t.true(manual.includes(`${section}\n`), `lca ${name} --help has no ${section}`);
    }
    t.regex(summary, /^[a-z][^.]*$/, `${name}: a clause without a full stop`);
  }
});

test('every group of commands is summed up', (t) => {
  for (const { name } of COMMANDS) {
    const [group, ...rest] = name.split(' ');
    if (rest.length > 0) t.truthy(GROUPS[group ?? ''], name);
  }
});

test('no line of a manual is wider than a terminal', async (t) => {
  for (const { name, load } of COMMANDS) {
    const wide = (await load())
      .helpInformation()
      .split('\n')
      .filter((line) => line.length > 100 && !/^ {7}(lca|podman) /.test(line)); // an example is one line to copy
    t.deepEqual(wide, [], name);
  }
});
