import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { ROOT } from '../../unit/repository/sources.ts';

const run = promisify(execFile);

/** Runs the unit suite of a checkout that has these test files. */
async function runUnitTests(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const directory = await temporaryDirectory(t);
  for (const name of ['node_modules', 'package-lock.json', 'package.json', 'ava.config.js']) {
    await symlink(join(ROOT, name), join(directory, name));
  }
  await run('cp', ['-r', join(ROOT, 'bin'), directory]);
  await mkdir(join(directory, 'test/unit'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, 'test/unit', name), `import test from 'ava';\n${text}`);
  }
  // This very test runs below ava; the one started here must not take part in it.
  const { AVA_PATH: _path, NODE_OPTIONS: _options, ...env } = process.env;
  const script = join(directory, 'bin/test.js');
  const result = run('node', [script, 'unit', ...args], { env: { ...env, CI: 'true' } });
  const { stdout, code } = await result.then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { code, lines: stdout.trim().split('\n') };
}

test.serial('all that passes ends with 0 and a line that says so', async (t) => {
  const { code, lines } = await runUnitTests(t, {
    'a.test.ts': "test('one', (t) => t.pass());\ntest('two', (t) => t.is(1 as number, 1));\n",
  });
  t.is(lines.at(-1), '2 passed, 0 failed');
  t.is(code, 0);
});

test.serial('a failing test fails the run, with what was wrong', async (t) => {
  const { code, lines } = await runUnitTests(t, {
    'a.test.ts': "test('one', (t) => t.pass());\ntest('two', (t) => t.is(1 as number, 2));\n",
  });
  t.is(lines.at(-1), '1 passed, 1 failed');
  t.true(lines.some((line) => line.startsWith('not ok ') && line.includes('two')));
  t.is(code, 1);
});

test.serial('a file that cannot be loaded, or a process that ends early, fails the run', async (t) => {
  const broken = await runUnitTests(t, { 'a.test.ts': "throw new Error('at import');\n" });
  t.is(broken.code, 1);
  t.regex(broken.lines.at(-1) ?? '', /^0 passed, [1-9]\d* failed$/);
  const early = await runUnitTests(t, { 'a.test.ts': "test('one', () => process.exit(0));\n" });
  t.is(early.code, 1);
  t.regex(early.lines.at(-1) ?? '', /^0 passed, [1-9]\d* failed$/);
});

test.serial('a suite without tests has not passed', async (t) => {
  const { code, lines } = await runUnitTests(t, {});
  t.is(lines.at(-1), '0 passed, 1 failed');
  t.is(code, 1);
});

test.serial('a name selects files, and where no file has it, titles', async (t) => {
  const files = {
    'apple.test.ts': "test('one', (t) => t.pass());\n",
    'pear.test.ts': "test('two', (t) => t.fail());\ntest('the cherry', (t) => t.pass());\n",
  };
  t.is((await runUnitTests(t, files, 'apple')).lines.at(-1), '1 passed, 0 failed');
  t.is((await runUnitTests(t, files, 'cherry')).lines.at(-1), '1 passed, 0 failed');
  t.is((await runUnitTests(t, files, 'plum')).code, 1);
});
