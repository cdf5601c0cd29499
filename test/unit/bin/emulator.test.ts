import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { consolesWithEmulatorFault } from '../../../bin/emulator.js';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test("the emulator's own fault is told from a panic that was asked for, and from one of an earlier run", async (t) => {
  const directory = await temporaryDirectory(t);
  const panic = (kind: string): string =>
    `[ 1.5] ${kind}\n[ 1.5] Kernel panic - not syncing: Fatal exception in interrupt\n`;
  for (const [name, text] of [
    ['asked-for', panic('sysrq: Trigger a crash')],
    ['fault', panic('Oops: int3: 0000 [#1] PREEMPT SMP NOPTI')],
    ['earlier', panic('Oops: int3: 0000 [#2] PREEMPT SMP NOPTI')],
  ] as const) {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'target.log'), text);
  }
  await utimes(join(directory, 'earlier/target.log'), 1000, 1000);
  t.deepEqual(consolesWithEmulatorFault(2_000_000, directory), [join(directory, 'fault/target.log')]);
  t.deepEqual(consolesWithEmulatorFault(0, join(directory, 'missing')), []);
});
