import test from 'ava';
import { expectedOf, INVALID_SOURCE, type MarkedCase, METADATA, saidOf } from './marked-case.ts';

const filesystem = (version: string, fields: string, ...says: string[]): MarkedCase => ({
  version,
  body: `
storage:
  filesystems:
  - ①device: /dev/a
    with_mount_unit: true
${fields}`,
  says,
  fatal: INVALID_SOURCE,
});

const FORMAT = 'format is required if with_mount_unit is true';
const PATH = 'path is required if with_mount_unit is true and format is not swap';
const SOURCES = 'only one of the following can be set: inline, local, source';
const DECIMAL = 'unreasonable mode would be reasonable if specified in octal; remember to add a leading zero';
const SPECIAL = 'setuid/setgid/sticky bits are not supported or functional in spec versions older than 3.6.0';
const REUSE =
  'partitions cannot be reused by label; number must be specified except on boot disk (/dev/disk/by-id/coreos-boot-disk) or when wipe_table is true';

const CASES: Readonly<Record<string, MarkedCase>> = {
  'a mount unit needs a format': filesystem('1.5.0', '', `error storage.filesystems.0.format: ${FORMAT}`),
  'a mount unit needs a format before it needs a path': filesystem(
    '1.4.0',
    '',
    `error storage.filesystems.0.format: ${FORMAT}`,
  ),
  'a mount unit needs a path': filesystem(
    '1.4.0',
    '    format: xfs',
    `error storage.filesystems.0.path: ${PATH}`,
  ),
  'up to fcos 1.3 the path is asked for first, and for swap too': filesystem(
    '1.3.0',
    '',
    `error storage.filesystems.0.path: ${PATH}`,
    `error storage.filesystems.0.format: ${FORMAT}`,
  ),
  'up to fcos 1.3 swap needs a path': filesystem(
    '1.3.0',
    '    format: swap',
    `error storage.filesystems.0.path: ${PATH}`,
  ),
  'an empty format is none': {
    ...filesystem('1.5.0', '    format: ②""', `② error storage.filesystems.0.format: ${FORMAT}`),
  },
  'from fcos 1.6 mount units are for /etc and /var': {
    ...filesystem(
      '1.6.0',
      '    format: xfs\n    path: ②/opt',
      '② error storage.filesystems.0.path: path must be under /etc or /var if with_mount_unit is true',
    ),
  },
  '/various is not below /var': {
    ...filesystem(
      '1.6.0',
      '    format: xfs\n    path: ②/various',
      '② error storage.filesystems.0.path: path must be under /etc or /var if with_mount_unit is true',
    ),
  },
  'from fcos 1.6 a partition that is kept needs a number': {
    version: '1.6.0',
    body: `
storage:
  disks:
  - device: /dev/a
    partitions:
    - ①label: data
    - label: other
      number: 5
    - label: third
      number: ②0
  - device: /dev/disk/by-id/coreos-boot-disk
    partitions:
    - label: data2
  - device: /dev/b
    wipe_table: true
    partitions:
    - label: data3
  - device: /dev/c
    partitions:
    - label: data4
  - device: /dev/d
    partitions:
    - label: data5
boot_device:
  layout: x86_64
  mirror:
    devices: [/dev/c, /dev/d]`,
    says: [
      `warning storage.disks.0.partitions.0.number: ${REUSE}`,
      `② warning storage.disks.0.partitions.2.number: ${REUSE}`,
    ],
  },
  'a resource has one of inline and local': {
    version: '1.5.0',
    body: `
storage:
  files:
  - path: /a
    contents:
      inline: ①x
      local: y`,
    says: [`error storage.files.0.contents.inline: ${SOURCES}`],
    fatal: INVALID_SOURCE,
  },
  'a resource has one of all three, and the source is named': {
    version: '1.5.0',
    body: `
storage:
  files:
  - path: /a
    append:
    - source: ①data:,x
      local: y
      inline: z`,
    says: [`error storage.files.0.append.0.source: ${SOURCES}`],
    fatal: INVALID_SOURCE,
  },
  'so have key files, merged configs and certificate authorities': {
    version: '1.5.0',
    body: `
ignition:
  config:
    merge:
    - {inline: ①a, local: b}
  security:
    tls:
      certificate_authorities:
      - {inline: ②a, local: b}
storage:
  luks:
  - name: a
    key_file: {inline: ③a, local: b}`,
    says: [
      `error ignition.config.merge.0.inline: ${SOURCES}`,
      `② error ignition.security.tls.certificate_authorities.0.inline: ${SOURCES}`,
      `③ error storage.luks.0.key_file.inline: ${SOURCES}`,
    ],
    fatal: INVALID_SOURCE,
  },
  'a mode that looks decimal': {
    version: '1.5.0',
    body: `
storage:
  directories:
  - path: /d
    mode: ①755
  files:
  - path: /a
    mode: ②644
  - path: /b
    mode: 0644
  - path: /c
    mode: 420`,
    says: [
      `warning storage.directories.0.mode: ${DECIMAL}`,
      `② warning storage.files.0.mode: ${DECIMAL}`,
      `warning storage.directories.0.mode: ${SPECIAL}`,
      `② warning storage.files.0.mode: ${SPECIAL}`,
    ],
  },
  'a tree needs to say which': {
    version: '1.5.0',
    body: `
storage:
  trees:
  - ①path: /a`,
    says: ['error storage.trees.0: local is required'],
    fatal: INVALID_SOURCE,
  },
  'a unit has one kind of contents': {
    version: '1.5.0',
    body: `
systemd:
  units:
  - name: a.service
    contents: "[Unit]"
    contents_local: ①a
    dropins:
    - name: b.conf
      contents: "[Unit]"
      contents_local: ②a`,
    says: [
      'error systemd.units.0.contents_local: only one of the following can be set: contents, contents_local',
      '② error systemd.units.0.dropins.0.contents_local: only one of the following can be set: contents, contents_local',
    ],
    fatal: INVALID_SOURCE,
  },
  'a layout there is none of': {
    version: '1.5.0',
    body: `
boot_device:
  layout: ①s390x-virt`,
    says: ['error boot_device.layout: layout must be one of: aarch64, ppc64le, x86_64'],
    fatal: INVALID_SOURCE,
  },
  'from fcos 1.6 there are three more layouts': {
    version: '1.6.0',
    body: `
boot_device:
  layout: ①mips`,
    says: [
      'error boot_device.layout: layout must be one of: aarch64, ppc64le, s390x-eckd, s390x-virt, s390x-zfcp, x86_64',
    ],
    fatal: INVALID_SOURCE,
  },
  'mirroring takes two, and is told so twice': {
    version: '1.4.0',
    body: `
boot_device:
  layout: x86_64
  mirror:
    devices:
    ①- /dev/a`,
    says: [
      'error boot_device.mirror.devices: mirroring requires at least two devices',
      'error boot_device.mirror.devices: mirroring requires at least two devices',
    ],
    fatal: INVALID_SOURCE,
  },
  'mirroring without a layout': {
    version: '1.4.0',
    body: `
boot_device:
  mirror:
    ①devices: [/dev/a, /dev/b]`,
    says: [
      'warning boot_device.mirror: boot_device.layout should be specified when boot_device.mirror is specified',
    ],
  },
  'two s390x layouts need a device': {
    version: '1.6.0',
    body: `
boot_device:
  layout: ①s390x-eckd`,
    says: ['error boot_device.layout: device is required for layouts: s390x-eckd, s390x-zfcp'],
    fatal: INVALID_SOURCE,
  },
  'of the right kind': {
    version: '1.6.0',
    body: `
boot_device:
  layout: ①s390x-zfcp
  luks: {device: /dev/dasda, tpm2: true}`,
    says: [
      'error boot_device.layout: device name must start with /dev/dasd on s390x-eckd layout or /dev/sd on s390x-zfcp layout',
    ],
    fatal: INVALID_SOURCE,
  },
  'and cannot be mirrored': {
    version: '1.6.0',
    body: `
boot_device:
  layout: ①s390x-virt
  mirror: {devices: [/dev/a, /dev/b]}`,
    says: [
      'error boot_device.layout: mirroring not supported on layouts: s390x-eckd, s390x-zfcp, s390x-virt',
    ],
    fatal: INVALID_SOURCE,
  },
  'a GRUB user has a name and a password': {
    version: '1.5.0',
    body: `
grub:
  users:
  - ①name: ②""`,
    says: [
      '② error grub.users.0.name: field "name" is required',
      'error grub.users.0.password_hash: field "password_hash" is required',
    ],
    fatal: INVALID_SOURCE,
  },
  'a MachineConfig has a name and a role': {
    version: '4.15.0',
    body: `
metadata:
  name: ①""
  labels: ②{a: b}`,
    says: [
      'error metadata.name: metadata.name is required',
      '② error metadata.labels: machineconfiguration.openshift.io/role label is required',
    ],
    fatal: INVALID_SOURCE,
  },
  'there are three kinds of kernel': {
    version: '4.15.0',
    body: `${METADATA}openshift:
  kernel_type: ①fast`,
    says: ['error openshift.kernel_type: must be empty, "default", or "realtime"'],
    fatal: INVALID_SOURCE,
  },
  'from openshift 4.19 CEX needs a kernel argument': {
    version: '4.19.0',
    body: `${METADATA}openshift:
  kernel_arguments: ①[quiet]
boot_device:
  layout: s390x-virt
  luks: {cex: {enabled: true}}`,
    says: [
      "error openshift.kernel_arguments: 'rd.luks.key=/etc/luks/cex.key' must be set as kernel argument when CEX is enabled for the boot device",
    ],
    fatal: INVALID_SOURCE,
  },
};

for (const [rule, marked] of Object.entries(CASES)) {
  test(`what is written is checked: ${rule}`, (t) => t.deepEqual(saidOf(marked), expectedOf(marked)));
}

test('what is written is checked: a MachineConfig without metadata is told of both at the start of the file', (t) => {
  t.deepEqual(saidOf({ version: '4.15.0', body: 'storage: {}', says: [] }), [
    'error at $.metadata.name, line 1 col 1: metadata.name is required',
    'error at $.metadata.labels, line 1 col 1: machineconfiguration.openshift.io/role label is required',
    INVALID_SOURCE,
  ]);
});

const ACCEPTED: Readonly<Record<string, MarkedCase>> = {
  'swap has a unit without a path from fcos 1.4': {
    version: '1.4.0',
    body: 'storage: {filesystems: [{device: /dev/a, format: swap, with_mount_unit: true}]}',
    says: [],
  },
  'up to fcos 1.5 mount units are for any path': {
    version: '1.5.0',
    body: 'storage: {filesystems: [{device: /dev/a, format: xfs, path: /opt, with_mount_unit: true}]}',
    says: [],
  },
  'openshift does not take over the rules of fcos 1.6': {
    version: '4.19.0',
    body: `${METADATA}storage:
  disks: [{device: /dev/a, partitions: [{label: data}]}]
  filesystems: [{device: /dev/b, format: xfs, path: /opt, with_mount_unit: true}]`,
    says: [],
  },
  'each part of /etc and /var may be mounted': {
    version: '1.6.0',
    body: 'storage: {filesystems: [{device: /dev/a, format: xfs, path: /var, with_mount_unit: true}, {device: /dev/b, format: xfs, path: /etc/x, with_mount_unit: true}]}',
    says: [],
  },
};

for (const [rule, marked] of Object.entries(ACCEPTED)) {
  test(`what is right is not spoken of: ${rule}`, (t) => t.deepEqual(saidOf(marked), []));
}
