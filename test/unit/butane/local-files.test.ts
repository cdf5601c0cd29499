import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { loadLocalFiles } from '../../../butane/files/load-local-files.ts';
import { ButaneError, entryText, translate } from '../../../butane/index.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { RecordingHost } from '../../support/recording-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

function machine(): RecordingHost {
  return new RecordingHost()
    .file('/work/files/a.txt', 'hello')
    .file('/work/files/unit', '[Unit]\nA=b\n')
    .file('/work/files/keys', 'k1\r\n\nk2\n')
    .file('/work/files/tree/etc/z', 'z')
    .file('/work/files/tree/etc/a', 'a')
    .file('/work/secret', 'no');
}

async function out(host: RecordingHost, body: string, version = '1.5.0'): Promise<unknown> {
  const text = `variant: fcos\nversion: ${version}\n${body}\n`;
  const files = await loadLocalFiles(text, { host, directory: 'files', base: '/work' });
  try {
    return JSON.parse(translate(text, { files }).output);
  } catch (error) {
    if (!(error instanceof ButaneError)) throw error;
    return error.report.map(entryText);
  }
}

test('local contents, units and keys are read from the files directory', async (t) => {
  const host = machine();
  t.deepEqual(
    await out(
      host,
      `storage: {files: [{path: /a, contents: {local: a.txt}}]}
systemd: {units: [{name: u.service, contents_local: unit, dropins: [{name: d.conf, contents_local: unit}]}]}
passwd: {users: [{name: core, ssh_authorized_keys: [k0], ssh_authorized_keys_local: [keys]}]}`,
    ),
    {
      ignition: { version: '3.4.0' },
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['k0', 'k1', 'k2'] }] },
      storage: { files: [{ path: '/a', contents: { compression: '', source: 'data:,hello' } }] },
      systemd: {
        units: [
          {
            contents: '[Unit]\nA=b\n',
            dropins: [{ contents: '[Unit]\nA=b\n', name: 'd.conf' }],
            name: 'u.service',
          },
        ],
      },
    },
  );
});

test('a tree becomes files and links in lexical order, and fills those that say nothing of their contents', async (t) => {
  const host = machine();
  host.links.set('/work/files/tree/etc/m', '../z');
  const ignition = await out(
    host,
    'storage: {trees: [{local: tree, path: /t}], files: [{path: /t/etc/z, mode: 0600}]}',
  );
  t.deepEqual((ignition as { storage: unknown }).storage, {
    files: [
      { path: '/t/etc/z', contents: { compression: '', source: 'data:,z' }, mode: 0o600 },
      { path: '/t/etc/a', contents: { compression: '', source: 'data:,a' }, mode: 0o644 },
    ],
    links: [{ path: '/t/etc/m', target: '../z' }],
  });
});

test('from fcos 1.7 a tree has owners and modes, and then folders too', async (t) => {
  const ignition = await out(
    machine(),
    'storage: {trees: [{local: tree, user: {name: u}, file_mode: 0600, dir_mode: 0700}]}',
    '1.7.0',
  );
  t.deepEqual((ignition as { storage: { directories: unknown } }).storage.directories, [
    { path: '/', user: { name: 'u' }, mode: 0o700 },
    { path: '/etc', user: { name: 'u' }, mode: 0o700 },
  ]);
});

const PROBLEMS: Readonly<Record<string, readonly [body: string, ...said: string[]]>> = {
  'a file there is none': [
    'storage: {files: [{path: /a, contents: {local: b}}]}',
    'error at $.storage.files.0.contents.local, line 3 col 48: open files/b: no such file or directory',
  ],
  'a file outside': [
    'storage: {files: [{path: /a, contents: {local: ../secret}}]}',
    'error at $.storage.files.0.contents.local, line 3 col 48: local file path traverses outside the files directory',
  ],
  'keys there are none': [
    'passwd: {users: [{name: a, ssh_authorized_keys_local: [keys, b]}]}',
    'error at $.passwd.users.0.ssh_authorized_keys_local.1, line 3 col 62: open files/b: no such file or directory',
  ],
  'a tree that is a file': [
    'storage: {trees: [{local: a.txt}]}',
    'error at $.storage.trees.0, line 3 col 19: root of tree must be a directory',
  ],
  'a tree outside': [
    'storage: {trees: [{local: ..}]}',
    'error at $.storage.trees.0, line 3 col 19: local file path traverses outside the files directory',
  ],
  'a tree there is none': [
    'storage: {trees: [{local: b}]}',
    'error at $.storage.trees.0, line 3 col 19: stat files/b: no such file or directory',
  ],
  'a tree over a file with contents': [
    'storage: {trees: [{local: tree}], files: [{path: /etc/a, contents: {inline: x}}]}',
    'error at $.storage.trees.0, line 3 col 19: matching filesystem node has existing contents or different type',
  ],
  'a tree over a link': [
    'storage: {trees: [{local: tree}], links: [{path: /etc/a, target: x}]}',
    'error at $.storage.trees.0, line 3 col 19: matching filesystem node has existing contents or different type',
  ],
};

for (const [what, [body, ...said]] of Object.entries(PROBLEMS)) {
  test(`local files that cannot be used are told where they are named: ${what}`, async (t) =>
    t.deepEqual(await out(machine(), body), said));
}

test('a tree with a pipe in it is an error at the tree, whatever else it holds', async (t) => {
  const base = await temporaryDirectory(t);
  await mkdir(join(base, 'files/tree/etc'), { recursive: true });
  await writeFile(join(base, 'files/tree/etc/a'), 'a');
  await promisify(execFile)('mkfifo', [join(base, 'files/tree/etc/pipe')]);
  const text = 'variant: fcos\nversion: 1.5.0\nstorage: {trees: [{local: tree}]}\n';
  const files = await loadLocalFiles(text, { host: new RealHost(), directory: 'files', base });
  const error = t.throws(() => translate(text, { files }), { instanceOf: ButaneError });
  t.deepEqual(error.report.map(entryText), [
    'error at $.storage.trees.0, line 3 col 19: trees may only contain files, directories, and symlinks',
  ]);
});

test('without a files directory each thing that needs one is an error, trees only once', (t) => {
  const text = `variant: fcos
version: 1.5.0
passwd: {users: [{name: a, ssh_authorized_keys_local: [k]}]}
storage:
  files: [{path: /a, contents: {local: a}}]
  trees: [{local: a}, {local: b}]
systemd: {units: [{name: a.service, contents_local: u}]}
`;
  const error = t.throws(() => translate(text), { instanceOf: ButaneError });
  const needed =
    'local file paths are relative to a files directory that must be specified with -d/--files-dir';
  t.deepEqual(error.report.map(entryText), [
    `error at $.passwd.users.0.ssh_authorized_keys_local, line 3 col 55: ${needed}`,
    `error at $.storage.files.0.contents.local, line 5 col 40: ${needed}`,
    `error at $.systemd.units.0.contents_local, line 7 col 53: ${needed}`,
    `error at $.storage.trees.0, line 6 col 11: ${needed}`,
  ]);
});

test('nothing is read but what the config names', async (t) => {
  const host = machine();
  const reads: string[] = [];
  host.readBytes = async (path) => {
    reads.push(path);
    return undefined;
  };
  await out(
    host,
    'storage: {files: [{path: /a, contents: {local: x}}, {path: /b, contents: {local: ../../etc/shadow}}]}',
  );
  t.deepEqual(reads, ['/work/files/x']);
});
