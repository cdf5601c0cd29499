import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { ROOT } from '../../unit/repository/sources.ts';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs lca from source. */
async function lca(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

test('the version goes to standard output', async (t) => {
  const { code, out, err } = await lca(['--version']);
  t.deepEqual({ code, err }, { code: 0, err: '' });
  t.regex(out, /^\d+\.\d+\.\d+ \(from source\)\n$/);
});

test('a manual is asked for in two ways and goes to standard output', async (t) => {
  const [option, word] = await Promise.all([lca(['install', '--help']), lca(['help', 'install'])]);
  t.is(option.code, 0);
  t.is(option.out, word.out);
  t.regex(option.out, /^NAME\n {7}lca install - put this program/);
  t.is(option.err, '');
});

test('a word that only leads to further commands shows them, and is not enough', async (t) => {
  const [group, help] = await Promise.all([lca(['seed']), lca(['help', 'seed', 'create'])]);
  t.is(group.code, 2);
  t.regex(group.out + group.err, /^NAME\n {7}lca seed - [\s\S]*COMMANDS\n {7}create /);
  t.regex(help.out, /^NAME\n {7}lca seed create - /);
  t.is(help.code, 0);
});

test('wrong arguments end with 2, name what is wrong and lead to the manual', async (t) => {
  const [none, unknown, near, option] = await Promise.all([
    lca([]),
    lca(['frobnicate']),
    lca(['instal']),
    lca(['install', '--bogus']),
  ]);
  for (const { code, out } of [none, unknown, near, option]) t.deepEqual({ code, out }, { code: 2, out: '' });
  t.is(none.err, 'lca: Say which command.\n  remedy: See lca --help.\n');
  t.regex(unknown.err, /^lca: Unknown command 'frobnicate'\.\n {2}remedy: .*See lca --help\.\n$/);
  t.regex(near.err, /Did you mean install\?/);
  t.regex(option.err, /^lca: Unknown option '--bogus'\.\n {2}remedy: See lca install --help\.\n$/);
});

test('a failure ends with 1, without a stack unless one is asked for', async (t) => {
  const args = ['install', '--root', '/nonexistent/lca-test'];
  const [plain, debug] = await Promise.all([lca(args), lca(args, { LCA_DEBUG: '1' })]);
  t.deepEqual([plain.code, debug.code], [1, 1]);
  t.regex(plain.err, /^lca: There is /);
  t.notRegex(plain.err, /\.ts:\d+/);
  t.regex(debug.err, /\.ts:\d+/);
});

test('a reader who goes away ends nothing with an error', async (t) => {
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), 'install', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  t.is(await text(child.stderr), '');
  t.is(await ended, 0);
});
