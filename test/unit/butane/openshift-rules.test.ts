import test from 'ava';
import { translate } from '../../../butane/index.ts';
import { expectedOf, INVALID_SOURCE, type MarkedCase, METADATA, saidOf, textOf } from './marked-case.ts';

const openshift = (version: string, body: string, ...says: string[]): MarkedCase => ({
  version,
  body: METADATA + body,
  says,
  fatal: INVALID_SOURCE,
});
const USER_FIELDS =
  'fields other than "name", "ssh_authorized_keys", and "password_hash" (4.13.0+) are not supported in this spec version';

const CASES: Readonly<Record<string, MarkedCase>> = {
  btrfs: openshift(
    '4.15.0',
    'storage: {filesystems: [{device: /dev/a, format: ①btrfs}]}',
    'error storage.filesystems.0.format: btrfs is not supported in this spec version',
  ),
  'format none': openshift(
    '4.15.0',
    'storage: {filesystems: [{device: /dev/a, format: ①none}]}',
    'error storage.filesystems.0.format: format "none" is not supported in this spec version',
  ),
  'contents from elsewhere': openshift(
    '4.15.0',
    'storage: {files: [{path: /a, contents: {source: ①"https://a"}}]}',
    'error storage.files.0.contents.source: file contents source must be data URL in this spec version',
  ),
  'special mode bits': openshift(
    '4.15.0',
    'storage: {files: [{path: /a, mode: ①01777}]}',
    'error storage.files.0.mode: special mode bits are not supported in this spec version',
  ),
  'other users': openshift(
    '4.15.0',
    'passwd: {users: [{name: ①root}]}',
    'error passwd.users.0.name: users other than "core" are not supported in this spec version',
  ),
  'most fields of a user': openshift(
    '4.15.0',
    'passwd: {users: [{name: core, uid: ②5, gecos: ①x, password_hash: p, ssh_authorized_keys: [k]}]}',
    `error passwd.users.0.gecos: ${USER_FIELDS}`,
    `② error passwd.users.0.uid: ${USER_FIELDS}`,
  ),
  'password hashes before 4.13': openshift(
    '4.12.0',
    'passwd: {users: [{name: core, password_hash: ①p}]}',
    `error passwd.users.0.password_hash: ${USER_FIELDS}`,
  ),
  groups: openshift(
    '4.15.0',
    'passwd: {groups: ①[{name: a}]}',
    'error passwd.groups: groups are not supported in this spec version',
  ),
  directories: openshift(
    '4.15.0',
    'storage: {directories: ①[{path: /a}]}',
    'error storage.directories: directories are not supported in this spec version',
  ),
  links: openshift(
    '4.15.0',
    'storage: {links: ①[{path: /a, target: /b}]}',
    'error storage.links: links are not supported in this spec version',
  ),
  appending: openshift(
    '4.15.0',
    'storage: {files: [{path: /a, append: ①[{inline: x}]}]}',
    'error storage.files.0.append: appending to files is not supported in this spec version',
  ),
  headers: openshift(
    '4.15.0',
    'storage: {files: [{path: /a, contents: {source: "data:,x", http_headers: ①[{name: a}]}}]}',
    'error storage.files.0.contents.http_headers: file HTTP headers are not supported in this spec version',
  ),
  'kernel arguments of Ignition': openshift(
    '4.15.0',
    'kernel_arguments: ①{should_exist: [a]}',
    'error kernel_arguments: this section cannot be used for kernel arguments in this spec version; use openshift.kernel_arguments instead',
  ),
  'compression in 4.8 and 4.9': openshift(
    '4.9.0',
    'storage: {files: [{path: /a, contents: {source: "data:,x", compression: ①gzip}}]}',
    'error storage.files.0.contents.compression: file compression is not supported in this spec version',
  ),
  'GRUB before 4.19': openshift(
    '4.18.0',
    'grub: ①{users: [{name: a, password_hash: b}]}',
    'error grub: GRUB customization is not supported in this spec version',
  ),
};

for (const [what, marked] of Object.entries(CASES)) {
  test(`openshift does not do: ${what}`, (t) => t.deepEqual(saidOf(marked), expectedOf(marked)));
}

test('with --raw the fields of the MachineConfig are said to be lost', (t) => {
  const marked: MarkedCase = {
    version: '4.15.0',
    body: `${METADATA}openshift:\n  kernel_type: ③realtime\n  fips: ②true\n  kernel_arguments: ①[a]`,
    says: ['kernel_arguments', 'fips', 'kernel_type'].map(
      (name, i) => `${['①', '②', '③'][i]} warning openshift.${name}: field ignored in raw mode`,
    ),
    options: { raw: true },
  };
  t.deepEqual(saidOf(marked), expectedOf(marked));
});

const LUKS =
  'storage: {luks: [{name: a, device: /dev/a, options: [-x]}, {name: b, device: /dev/b, options: ["--cipher=z"]}]}';

test('a FIPS node gets the permitted cipher, but not a volume that has one, and not from 4.20', (t) => {
  const options = (version: string): unknown => {
    const body = `${METADATA}openshift: {fips: true}\n${LUKS}`;
    const { output } = translate(textOf({ version, body, says: [] }), { raw: true });
    return JSON.parse(output).storage.luks.map((volume: { options: string[] }) => volume.options);
  };
  t.deepEqual(options('4.8.0'), [['-x', '--cipher', 'aes-cbc-essiv:sha256'], ['--cipher=z']]);
  t.deepEqual(options('4.19.0'), [['-x', '--cipher', 'aes-cbc-essiv:sha256'], ['--cipher=z']]);
  t.deepEqual(options('4.20.0'), [['-x'], ['--cipher=z']]);
});

test('what a MachineConfig says besides its Ignition config', (t) => {
  const body = `${METADATA}openshift: {fips: false, kernel_type: realtime, kernel_arguments: [a, b], extensions: [usbguard]}`;
  t.is(
    translate(textOf({ version: '4.15.0', body, says: [] })).output,
    `# Generated by Butane; do not edit
apiVersion: machineconfiguration.openshift.io/v1
kind: MachineConfig
metadata:
  labels:
    machineconfiguration.openshift.io/role: master
  name: a
spec:
  config:
    ignition:
      version: 3.4.0
  extensions:
    - usbguard
  fips: false
  kernelArguments:
    - a
    - b
  kernelType: realtime`,
  );
});

test('from 4.19 GRUB users become the contents of the file, because appending is not done', (t) => {
  const body = `${METADATA}grub: {users: [{name: a, password_hash: b}]}`;
  const { storage } = JSON.parse(
    translate(textOf({ version: '4.19.0', body, says: [] }), { raw: true }).output,
  );
  t.deepEqual(Object.keys(storage.files[0]), ['path', 'contents']);
});
