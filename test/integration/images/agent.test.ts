import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { UNITS, UNITS_SOURCE } from '../../../core/install/units.ts';
import { buildExecutable } from '../../../images/agent/build.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { ROOT } from '../../unit/repository/sources.ts';

const run = promisify(execFile);

/** glibc, and nothing else. */
const GLIBC = ['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'].map(
  (name) => `/lib/x86_64-linux-gnu/${name}`,
);

let executable = '';
test.before(async (t) => {
  t.timeout(600_000);
  executable = await buildExecutable();
});

test('the executable runs here and carries its version and its unit files', async (t) => {
  const { stdout } = await run(executable, ['--version']);
  t.regex(stdout, /^\d+\.\d+\.\d+ \(commit [0-9a-f]{12}( and changes)?\)\n$/);

  const root = await temporaryDirectory(t);
  await run(executable, ['install', '--root', root]);
  for (const unit of UNITS) {
    const installed = await readFile(join(root, 'etc/systemd/system', unit), 'utf8');
    t.is(installed, await readFile(join(ROOT, UNITS_SOURCE, unit), 'utf8'));
  }
  t.true((await readFile(join(root, 'usr/local/bin/lca'))).equals(await readFile(executable)));
});

test('the executable needs nothing but glibc', async (t) => {
  const root = await temporaryDirectory(t);
  for (const file of [...GLIBC, '/lib64/ld-linux-x86-64.so.2']) {
    await mkdir(join(root, dirname(file)), { recursive: true });
    await cp(file, join(root, file), { dereference: true });
  }
  // by another process: a child started meanwhile would hold the file open for writing, and nothing could start it
  await run('cp', [executable, join(root, 'lca')]);
  await mkdir(join(root, 'proc'));
  const bare = ['--mount', '--pid', '--fork', `--root=${root}`, '--mount-proc'];
  const { stdout, stderr } = await run('unshare', [...bare, '/lca', '--version']);
  t.regex(stdout, /^\d+\.\d+\.\d+ \(commit /);
  t.is(stderr, '');

  // The same Node without them does not even start, so the test would see it.
  await run('cp', ['--dereference', process.execPath, join(root, 'node')]);
  const error = await t.throwsAsync<Error & { stderr: string }>(
    run('unshare', [...bare, '/node', '--version']),
  );
  t.regex(error.stderr, /error while loading shared libraries/);
});

test('what the environment holds for Node does not reach the executable', async (t) => {
  const env = { ...process.env, NODE_OPTIONS: '--no-such-option' };
  await t.notThrowsAsync(run(executable, ['--version'], { env }));
});

test('the saved state holds no environment, arguments or time of the build', async (t) => {
  const environment = { PATH: process.env['PATH'] };
  const before = Date.now();
  const { stdout } = await run(executable, ['boot'], { env: environment });
  const { time } = JSON.parse(stdout.split('\n')[0] ?? '') as { time: string };
  t.true(Date.parse(time) >= before && Date.parse(time) <= Date.now());
  const silent = await run(executable, ['boot'], { env: { ...environment, LCA_LOG_LEVEL: 'silent' } });
  t.is(silent.stdout, '');
});

test('timers and signals work in the executable: a service rests until it is told to end', async (t) => {
  const watchdog = spawn(executable, ['watchdog'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(watchdog, 'exit');
  await once(watchdog.stdout, 'data'); // it has found nothing to watch, and sleeps
  await delay(1_500);
  t.is(watchdog.exitCode, null);
  watchdog.kill('SIGTERM');
  const [code, signal] = await ended;
  t.deepEqual([code, signal], [0, null]);
});

test('the executable starts on the oldest 64-bit processor', async (t) => {
  for (const cpu of ['core2duo', 'max']) {
    const { stdout } = await run('qemu-x86_64', ['-cpu', cpu, executable, '--version']);
    t.regex(stdout, /^\d+\.\d+\.\d+ \(commit /, cpu);
  }
});
