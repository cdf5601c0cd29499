import { execFile, spawn } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { ROOT } from '../../unit/repository/sources.ts';

const run = promisify(execFile);

/** A checkout with this one's bin/ and node_modules whose command line is the given text. */
async function checkout(t: ExecutionContext, main: string): Promise<string> {
  const directory = await temporaryDirectory(t);
  for (const name of ['node_modules', 'package-lock.json', 'package.json']) {
    await symlink(join(ROOT, name), join(directory, name));
  }
  await run('cp', ['-r', join(ROOT, 'bin'), directory]);
  await mkdir(join(directory, 'cli'));
  await writeFile(join(directory, 'cli', 'main.ts'), main);
  return directory;
}

test('from a checkout the command gets its arguments as they are, and the caller its output', async (t) => {
  const directory = await checkout(
    t,
    'const args: readonly string[] = process.argv.slice(2);\nconsole.log(JSON.stringify({ args, cwd: process.cwd(), node: process.versions.node }));\n',
  );
  const args = ['seed', 'create', 'a b', '--x=$HOME', '', "it's"];
  const { stdout, stderr } = await run('node', [join(directory, 'bin/lca.js'), ...args], { cwd: '/' });
  const seen = JSON.parse(stdout);
  t.deepEqual(seen.args, args);
  t.is(seen.cwd, '/');
  t.regex(seen.node, /^26\./);
  t.is(stderr, '');
});

test('from a checkout the exit code is the command’s own', async (t) => {
  const directory = await checkout(t, 'process.exitCode = 75;\n');
  const error = await t.throwsAsync<Error & { code: number }>(run('node', [join(directory, 'bin/lca.js')]));
  t.is(error.code, 75);
});

test('from a checkout signals reach the command, which ends in its own time', async (t) => {
  const directory = await checkout(
    t,
    `process.on('SIGTERM', () => { console.log('in order'); clearInterval(waiting); process.exitCode = 9; });
const waiting = setInterval(() => undefined, 1000);
console.log('ready');\n`,
  );
  const child = spawn('node', [join(directory, 'bin/lca.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
    if (piece.includes('ready')) child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.is(output, 'ready\nin order\n');
  t.is(code, 9);
});

test('a command that a signal ended ends its caller the same way', async (t) => {
  const directory = await checkout(
    t,
    "process.kill(process.pid, 'SIGKILL');\nsetInterval(() => undefined, 1000);\n",
  );
  const child = spawn('node', [join(directory, 'bin/lca.js')], { stdio: 'ignore' });
  const signal = await new Promise((resolve) => child.on('close', (_code, by) => resolve(by)));
  t.is(signal, 'SIGKILL');
});
