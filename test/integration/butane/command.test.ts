import { deepStrictEqual } from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { translate } from '../../../butane/index.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { validConfigs } from './valid-configs.ts';

const MAIN = new URL('../../../cli/main.ts', import.meta.url).pathname;
const TEMPLATES = new URL('../../../butane/', import.meta.url).pathname;

async function lca(args: readonly string[], options: { input?: string; cwd?: string } = {}) {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [MAIN, 'butane', ...args], {
    reject: false,
    input: options.input ?? '',
    stripFinalNewline: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return { stdout, stderr, exitCode };
}

const WARNED = 'variant: fcos\nversion: 1.5.0\nfoo: 1\n';
const WARNING = 'warning at $.foo, line 3 col 1: unused key foo\n';

test('a file is translated to standard output, with a newline at its end and nothing said', async (t) => {
  const { stdout, stderr, exitCode } = await lca([join(TEMPLATES, 'storage.bu')]);
  t.is(stdout, await readFile(new URL('../../fixtures/butane/storage.ign', import.meta.url), 'utf8'));
  t.is(stderr, '');
  t.is(exitCode, 0);
});

test('standard input is the default; warnings go to standard error, and with --strict nothing else comes out', async (t) => {
  t.deepEqual(await lca([], { input: WARNED }), {
    stdout: '{"ignition":{"version":"3.4.0"}}\n',
    stderr: WARNING,
    exitCode: 0,
  });
  t.deepEqual(await lca(['--strict', '-'], { input: WARNED }), {
    stdout: '',
    stderr: `${WARNING}Config produced warnings and --strict was specified\n`,
    exitCode: 1,
  });
});

test('--check prints no config, --pretty indents it, --raw prints Ignition of an openshift file', async (t) => {
  t.deepEqual(await lca(['-c'], { input: WARNED }), { stdout: '', stderr: WARNING, exitCode: 0 });
  t.is((await lca(['-p'], { input: WARNED })).stdout, '{\n  "ignition": {\n    "version": "3.4.0"\n  }\n}\n');
  t.true(
    (await lca(['-r', join(TEMPLATES, 'storage-openshift.bu')])).stdout.startsWith(
      '{"ignition":{"version":"3.4.0"}',
    ),
  );
});

test('errors end with exit code 1, wrong options with 2', async (t) => {
  const bad = await lca([], { input: 'variant: fcos\nversion: 1.5.0\nstorage: {files: [{path: a}]}\n' });
  t.deepEqual(bad, {
    stdout: '',
    stderr:
      'error at $.storage.files.0.path, line 3 col 26: path not absolute\nError translating config: config generated was invalid\n',
    exitCode: 1,
  });
  t.is((await lca(['--nonsense'])).exitCode, 2);
  t.is((await lca(['a', 'b'])).exitCode, 2);
  t.is((await lca(['/no/such/file'])).exitCode, 1);
});

test('the output is written to a file, and local files are read from the directory named', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'hello'), 'hello');
  const input = 'variant: fcos\nversion: 1.5.0\nstorage: {files: [{path: /a, contents: {local: hello}}]}\n';
  const { stdout, stderr, exitCode } = await lca(['-d', '.', '-o', 'out.ign'], { input, cwd: directory });
  t.deepEqual({ stdout, stderr, exitCode }, { stdout: '', stderr: '', exitCode: 0 });
  t.regex(await readFile(join(directory, 'out.ign'), 'utf8'), /"source":"data:,hello"\}\}\]\}\}\n$/);
});

test('a container partition is written in each form, refused where it would fail, and wrong numbers are usage', async (t) => {
  const args = [
    'containers-partition',
    '--device',
    '/dev/disk/by-id/wwn-0x6b07b250ebb9d0002a33509f24af1f62',
    '--size-mib',
    '0',
  ];
  const override = await lca([...args, '--start-mib', '250000', '--as', 'ignition-override']);
  t.is(
    override.stdout,
    await readFile(new URL('../../fixtures/butane/ignition-config-override.yaml', import.meta.url), 'utf8'),
  );
  t.is(override.exitCode, 0);
  const refused = await lca([...args, '--start-mib', '2500']);
  t.is(refused.exitCode, 1);
  t.regex(
    refused.stderr,
    /less than 8 GiB to the root partition[\s\S]*remedy: Start it at 25000 MiB or later/,
  );
  t.is((await lca([...args, '--start-mib', 'much'])).exitCode, 2);
  t.is((await lca([...args, '--start-mib', '250000', '--as', 'xml'])).exitCode, 2);
});

test("Ignition's own validator accepts what valid configs become", async (t) => {
  await fc.assert(
    fc.asyncProperty(validConfigs, async (config) => {
      const { output } = translate(stringify(config));
      const { stdout, stderr, exitCode } = await execa('ignition-validate', ['-'], {
        input: output,
        reject: false,
      });
      deepStrictEqual({ exitCode, said: stdout + stderr }, { exitCode: 0, said: '' });
    }),
    { numRuns: 25 },
  );
  t.pass();
});
