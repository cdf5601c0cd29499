import test from 'ava';
import { expectedOf, INVALID_OUTPUT, type MarkedCase, METADATA, saidOf } from './marked-case.ts';

/** Cases under one key of the file: `rule: [body, what is said…]`; bodies are indented by two spaces below the key. */
type Table = Readonly<Record<string, readonly [body: string, ...says: string[]]>>;

const FIELD = (path: string, message: string): string => `error ${path}: ${message}`;

const PATHS: Table = {
  'a path there is none': [
    'storage: {files: [①{mode: 0644}]}',
    FIELD('storage.files.0.path', 'path not specified'),
  ],
  'a relative path': [
    'storage: {directories: [{path: ①a/b}]}',
    FIELD('storage.directories.0.path', 'path not absolute'),
  ],
  'a path with a detour': [
    'storage: {links: [{path: ①/a/../b, target: c}]}',
    FIELD('storage.links.0.path', 'path is not fully simplified'),
  ],
  'a path with a slash at its end': [
    'storage: {files: [{path: ①/a/}]}',
    FIELD('storage.files.0.path', 'path is not fully simplified'),
  ],
  'a device that is no path': [
    'storage: {filesystems: [{device: ①vda}]}',
    FIELD('storage.filesystems.0.device', 'path not absolute'),
  ],
  'a mount path that is none': [
    'storage: {filesystems: [{device: /dev/a, format: xfs, path: ①var}]}',
    FIELD('storage.filesystems.0.path', 'path not absolute'),
  ],
};

const partitions = (list: string): string =>
  `storage:\n  disks:\n  - device: /dev/a\n    partitions:\n${list}`;
const GUID = `doesn't match the form "01234567-89AB-CDEF-EDCB-A98765432101"`;

const DISKS: Table = {
  'a disk without a device': [
    'storage: {disks: [①{wipe_table: true}]}',
    FIELD('storage.disks.0.device', 'disk device is required'),
  ],
  'a disk whose device is relative': [
    'storage: {disks: [{device: ①a}]}',
    FIELD('storage.disks.0.device', 'path not absolute'),
  ],
  'two partitions of one number': [
    partitions('    - {number: 1, label: a}\n    - ①{number: 1, label: b}'),
    FIELD('storage.disks.0.partitions.1', 'duplicate entry defined'),
    FIELD('storage.disks.0.partitions.1', 'partition numbers collide'),
  ],
  'two partitions in one place': [
    partitions(
      '    - {label: a, start_mib: 100, size_mib: 100}\n    - ①{label: b, start_mib: 199, size_mib: 1}',
    ),
    FIELD('storage.disks.0.partitions.1', 'partitions overlap'),
  ],
  'a partition that fills the disk counts as its start': [
    partitions(
      '    - {label: a, start_mib: 100, size_mib: 100}\n    - ①{label: b, start_mib: 150, size_mib: 0}',
    ),
    FIELD('storage.disks.0.partitions.1', 'partitions overlap'),
  ],
  'two partitions of one label': [
    partitions('    - {number: 1, label: a}\n    - ①{number: 2, label: a}'),
    FIELD('storage.disks.0.partitions.1', 'cannot use the same partition label twice'),
  ],
  'a partition that goes and one that is put anywhere': [
    partitions('    ①- {number: 1, should_exist: false}\n    - {label: z}'),
    FIELD(
      'storage.disks.0.partitions',
      'shouldExist is false for a partition and other partition(s) has start or size 0',
    ),
  ],
  'a partition that cannot be told': [
    partitions('    - ①start_mib: 5'),
    FIELD('storage.disks.0.partitions.0', 'a partition number >= 1 or a label must be specified'),
  ],
  'a partition that goes has no size': [
    partitions('    - ①{number: 1, should_exist: false, size_mib: 5}'),
    FIELD('storage.disks.0.partitions.0', 'shouldExist specified false with other options also specified'),
  ],
  'a long label': [
    partitions(`    - {number: 5, label: ①${'x'.repeat(37)}}`),
    FIELD('storage.disks.0.partitions.0.label', 'partition labels may not exceed 36 characters'),
  ],
  'a label with a colon': [
    partitions('    - {number: 5, label: ①"a:b"}'),
    FIELD('storage.disks.0.partitions.0.label', 'partition label will be truncated to text before the colon'),
  ],
  'a GUID that is none': [
    partitions('    - {number: 5, guid: ①x, type_guid: ②0123}'),
    FIELD('storage.disks.0.partitions.0.guid', GUID),
    `② ${FIELD('storage.disks.0.partitions.0.type_guid', GUID)}`,
  ],
};

const filesystem = (fields: string): string => `storage: {filesystems: [{device: /dev/a, ${fields}}]}`;
const label = (format: string, longest: number): readonly [string, string] => [
  filesystem(`format: ${format}, label: ①${'x'.repeat(longest + 1)}`),
  FIELD(
    'storage.filesystems.0.label',
    `filesystem labels cannot be longer than ${longest} characters when using ${format}`,
  ),
];

const FILESYSTEMS: Table = {
  'a format there is none': [
    filesystem('format: ①ntfs'),
    FIELD('storage.filesystems.0.format', 'invalid filesystem format'),
  ],
  'a filesystem that is used needs a format': [
    'storage: {filesystems: [①{device: /dev/a, path: /a}]}',
    FIELD(
      'storage.filesystems.0.format',
      'format cannot be empty when path, label, uuid, wipeFilesystem, options, or mountOptions is specified',
    ),
  ],
  'a long label of ext4': label('ext4', 16),
  'a long label of btrfs': label('btrfs', 256),
  'a long label of xfs': label('xfs', 12),
  'a long label of swap': label('swap', 15),
  'a long label of vfat': label('vfat', 11),
  'a filesystem on a disk with partitions': [
    'storage: {disks: [{device: /dev/a, partitions: [{number: 1}]}], filesystems: [{device: ①/dev/a}]}',
    'warning storage.filesystems.0.device: filesystem overwrites partitioned device',
  ],
  'a filesystem on a disk that is wiped': [
    'storage: {disks: [{device: /dev/a, wipe_table: true}], filesystems: [{device: ①/dev/a}]}',
    'warning storage.filesystems.0.device: device matches disk with wipeTable enabled; filesystem will be wiped',
  ],
};

const file = (fields: string): string => `storage: {files: [{path: /a, ${fields}}]}`;

const FILES: Table = {
  'a mode that is none': [file('mode: ①0o10000'), FIELD('storage.files.0.mode', 'illegal file mode')],
  'overwriting with nothing': [
    file('overwrite: ①true'),
    FIELD('storage.files.0.overwrite', 'overwrite must be false if source is unspecified'),
  ],
  'an owner by id and name': [
    file('user: ①{id: 1, name: a}, group: ②{id: 1, name: b}'),
    `② ${FIELD('storage.files.0.group', 'cannot set both id and name')}`,
    FIELD('storage.files.0.user', 'cannot set both id and name'),
  ],
  'a file where a unit goes': [
    'storage: {files: [{path: ①/etc/systemd/system/a.service}]}\nsystemd: {units: [{name: a.service, contents: "[Unit]\\nA=b"}]}',
    FIELD('storage.files.0.path', 'path conflicts with systemd unit or dropin'),
  ],
  'a link where a drop-in goes': [
    'storage: {links: [{path: ①/etc/systemd/system/a.service.d/b.conf, target: c}]}\nsystemd: {units: [{name: a.service, dropins: [{name: b.conf, contents: "[Unit]\\nA=b"}]}]}',
    FIELD('storage.links.0.path', 'path conflicts with systemd unit or dropin'),
  ],
  'a link to nowhere': [
    'storage: {links: [①{path: /a}]}',
    FIELD('storage.links.0.target', 'link target is required'),
  ],
  'a file behind a link': [
    'storage: {links: [{path: /a, target: /b}], files: [①{path: /a/c}]}',
    FIELD('storage.files.0', 'file path includes link in config'),
  ],
  'a directory behind a link': [
    'storage: {links: [{path: /a, target: /b}], directories: [①{path: /a/c}]}',
    FIELD('storage.directories.0', 'directory path includes link in config'),
  ],
  'a link behind a link': [
    'storage: {links: [{path: /a, target: /b}, ①{path: /a/c, target: /d}]}',
    FIELD('storage.links.1', 'link path includes link in config'),
  ],
  'a hard link to a directory': [
    'storage: {links: [①{path: /a, target: /b, hard: true}], directories: [{path: /b}]}',
    FIELD('storage.links.0', 'hard link target is a directory'),
  ],
  'a hard link with an owner': [
    'storage: {links: [{path: /a, target: /b, hard: true, user: {id: ①1}, group: {name: ②a}}]}',
    'warning storage.links.0.user.id: user/group ignored for hard link',
    '② warning storage.links.0.group.name: user/group ignored for hard link',
  ],
  'special bits': [
    file('mode: ①04755'),
    'warning storage.files.0.mode: setuid/setgid/sticky bits are not supported or functional in spec versions older than 3.6.0',
  ],
};

const contents = (fields: string): string => file(`contents: {${fields}}`);
const at = (field: string): string => `storage.files.0.contents.${field}`;

const RESOURCES: Table = {
  'a compression there is none': [
    contents('source: "data:,x", compression: ①xz'),
    FIELD(at('compression'), 'invalid compression method'),
  ],
  'a checksum of nothing': [
    contents(`verification: {hash: ①sha512-${'0'.repeat(128)}}`),
    FIELD(at('verification.hash'), 'source must be specified if verification is specified'),
  ],
  'a scheme there is none': [contents('source: ①ftp://a/b'), FIELD(at('source'), 'invalid url scheme')],
  'an address that is none': [contents('source: ①"http://[::1"'), FIELD(at('source'), 'unable to parse url')],
  'data that is none': [contents('source: ①"data:;base64,?"'), FIELD(at('source'), 'invalid data character')],
  'a checksum without its function': [
    contents('source: "data:,x", verification: {hash: ①abc}'),
    FIELD(at('verification.hash'), 'malformed hash specifier'),
  ],
  'a checksum function there is none': [
    contents('source: "data:,x", verification: {hash: ①md5-00}'),
    FIELD(at('verification.hash'), 'unrecognized hash function'),
  ],
  'a short checksum': [
    contents('source: "data:,x", verification: {hash: ①sha256-00}'),
    FIELD(at('verification.hash'), 'incorrect size for hash sum'),
  ],
  'headers to nowhere': [
    contents('source: "data:,x", http_headers: ①[{name: a, value: b}]'),
    FIELD(at('http_headers'), 'cannot use HTTP headers with this source scheme'),
  ],
  'a header without a name': [
    contents('source: "http://a", http_headers: [{name: ①"", value: b}]'),
    FIELD(at('http_headers.0.name'), "HTTP header name can't be empty"),
  ],
  'a header without a value': [
    contents('source: "http://a", http_headers: [{name: a, value: ①""}]'),
    FIELD(at('http_headers.0.value'), 'unable to parse HTTP header'),
  ],
  'another config must be somewhere': [
    'ignition: {config: {merge: [①{compression: gzip}]}}',
    FIELD('ignition.config.merge.0', 'source is required'),
  ],
  'a certificate must be somewhere': [
    'ignition: {security: {tls: {certificate_authorities: [①{compression: gzip}]}}}',
    FIELD('ignition.security.tls.certificate_authorities.0', 'source is required'),
  ],
  'a proxy of another kind': [
    'ignition: {proxy: {http_proxy: ①socks5://a}}',
    FIELD('ignition.proxy.http_proxy', 'proxies must be http(s)'),
  ],
  'a proxy in the clear': [
    'ignition: {proxy: {https_proxy: ①http://a}}',
    'warning ignition.proxy.https_proxy: insecure plaintext HTTP proxy specified for HTTPS resources',
  ],
};

const raid = (fields: string): string => `storage: {raid: [①{name: a, ${fields}}]}`;

const RAID: Table = {
  'a RAID level there is none': [
    'storage: {raid: [{name: a, devices: [/dev/a], level: ①raid7}]}',
    FIELD('storage.raid.0.level', 'unrecognized raid level'),
  ],
  'no RAID level': [raid('devices: [/dev/a]'), FIELD('storage.raid.0.level', 'raid level is required')],
  'spares where there can be none': [
    'storage: {raid: [{name: a, devices: [/dev/a], level: ①stripe, spares: 1}]}',
    FIELD('storage.raid.0.level', 'spares unsupported for linear and raid0 arrays'),
  ],
  'no RAID devices': [raid('level: raid1'), FIELD('storage.raid.0.devices', 'raid devices required')],
};

const luks = (fields: string): string => `storage: {luks: [{name: a, device: /dev/a, ${fields}}]}`;

const LUKS: Table = {
  'a volume name with a slash': [
    'storage: {luks: [{name: ①a/b, device: /dev/a}]}',
    FIELD('storage.luks.0.name', 'device names cannot contain slashes'),
  ],
  'a volume without a device': [
    'storage: {luks: [①{name: a}]}',
    FIELD('storage.luks.0.device', 'disk device is required'),
  ],
  'a long label of a volume': [
    luks(`label: ①${'x'.repeat(48)}`),
    FIELD('storage.luks.0.label', 'luks device labels cannot be longer than 47 characters'),
  ],
  'two kinds of clevis': [
    luks('clevis: ①{tpm2: true, custom: {pin: tpm2, config: "{}"}}'),
    FIELD('storage.luks.0.clevis', 'cannot use custom clevis config with tpm2, tang, or threshold'),
  ],
  'a pin there is none': [
    luks('clevis: {custom: {pin: ①yubi, config: "{}"}}'),
    FIELD('storage.luks.0.clevis.custom.pin', 'unsupported clevis pin'),
  ],
  'no pin': [
    luks('clevis: {custom: ①{config: "{}"}}'),
    FIELD('storage.luks.0.clevis.custom.pin', 'missing required custom clevis pin'),
  ],
  'no config of the pin': [
    luks('clevis: {custom: ①{pin: sss}}'),
    FIELD('storage.luks.0.clevis.custom.config', 'missing required custom clevis config'),
  ],
  'a Tang server of which nothing is known': [
    luks('clevis: {tang: [①{url: "http://a"}]}'),
    FIELD('storage.luks.0.clevis.tang.0.thumbprint', 'thumbprint is required'),
  ],
  'a Tang server somewhere else': [
    luks('clevis: {tang: [{url: ①"ftp://a", thumbprint: b}]}'),
    FIELD('storage.luks.0.clevis.tang.0.url', 'invalid url scheme'),
  ],
  'an advertisement that is none': [
    luks('clevis: {tang: [{url: "http://a", thumbprint: b, advertisement: ①"{"}]}'),
    FIELD('storage.luks.0.clevis.tang.0.advertisement', 'advertisement is not valid JSON'),
  ],
};

const unit = (fields: string): string => `systemd: {units: [{${fields}}]}`;

const SYSTEMD: Table = {
  'a unit of no kind': [
    unit('name: ①a.conf'),
    FIELD('systemd.units.0.name', 'invalid systemd unit extension'),
  ],
  'a drop-in of no kind': [
    unit('name: a.service, dropins: [{name: ①b.service}]'),
    FIELD('systemd.units.0.dropins.0.name', 'invalid systemd drop-in extension'),
  ],
  'a unit that cannot be read': [
    unit('name: a.service, contents: ①"[Unit"'),
    FIELD('systemd.units.0.contents', 'invalid unit content: unable to find end of section'),
  ],
  'a drop-in that cannot be read': [
    unit('name: a.service, dropins: [{name: b.conf, contents: ①"[Unit]\\nfoo"}]'),
    FIELD('systemd.units.0.dropins.0.contents', 'invalid unit content: EOF'),
  ],
  'enabling nothing': [
    unit('name: a.service, enabled: true, contents: ①"[Unit]\\nA=b"'),
    'warning systemd.units.0.contents: unit "a.service" is enabled, but has no install section so enable does nothing',
  ],
  'enabling an instance of nothing': [
    'systemd:\n  units:\n  - {name: a@.service, contents: "[Unit]\\nA=b"}\n  - ①{name: a@b.service, enabled: true}',
    `warning systemd.units.1.contents: template unit "a@.service" for "a@b.service" doesn't have Install section`,
  ],
};

const DUPLICATE = 'duplicate entry defined';

const DUPLICATES: Table = {
  'two disks': [
    'storage: {disks: [{device: /dev/a}, ①{device: /dev/a}]}',
    FIELD('storage.disks.1', DUPLICATE),
  ],
  'two partitions by label': [
    partitions('    - {label: a}\n    - ①{label: a}'),
    FIELD('storage.disks.0.partitions.1', DUPLICATE),
    FIELD('storage.disks.0.partitions.1', 'cannot use the same partition label twice'),
  ],
  'two filesystems': [
    'storage: {filesystems: [{device: /dev/a}, ①{device: /dev/a}]}',
    FIELD('storage.filesystems.1', DUPLICATE),
  ],
  'two arrays': [
    'storage: {raid: [{name: a, level: "1", devices: [/dev/a]}, ①{name: a, level: "1", devices: [/dev/a]}]}',
    FIELD('storage.raid.1', DUPLICATE),
  ],
  'two volumes': [
    'storage: {luks: [{name: a, device: /dev/a}, ①{name: a, device: /dev/b}]}',
    FIELD('storage.luks.1', DUPLICATE),
  ],
  'two units': [unit('name: a.service}, ①{name: a.service'), FIELD('systemd.units.1', DUPLICATE)],
  'two drop-ins': [
    unit('name: a.service, dropins: [{name: a.conf}, ①{name: a.conf}]'),
    FIELD('systemd.units.0.dropins.1', DUPLICATE),
  ],
  'two users and two groups': [
    'passwd: {users: [{name: a}, ①{name: a}], groups: [{name: b}, ②{name: b}]}',
    `② ${FIELD('passwd.groups.1', DUPLICATE)}`,
    FIELD('passwd.users.1', DUPLICATE),
  ],
  'a file, a directory and a link at one path': [
    'storage: {links: [③{path: /a, target: /b}], files: [②{path: /a}], directories: [{path: /a}]}',
    `② ${FIELD('storage.files.0', DUPLICATE)}`,
    `③ ${FIELD('storage.links.0', DUPLICATE)}`,
  ],
  'texts that may stand once': [
    'ignition: {proxy: {no_proxy: [a, ①a]}}\npasswd: {users: [{name: a, groups: [b, ②b], ssh_authorized_keys: [k, ③k]}]}',
    FIELD('ignition.proxy.no_proxy.1', DUPLICATE),
    `② ${FIELD('passwd.users.0.groups.1', DUPLICATE)}`,
    `③ ${FIELD('passwd.users.0.ssh_authorized_keys.1', DUPLICATE)}`,
  ],
  'devices and open options that may stand once': [
    'storage: {luks: [{name: a, device: /dev/a, open_options: [o, ①o]}], raid: [{name: a, level: "1", devices: [/dev/a, ②/dev/a]}]}',
    FIELD('storage.luks.0.open_options.1', DUPLICATE),
    `② ${FIELD('storage.raid.0.devices.1', DUPLICATE)}`,
  ],
  'a kernel argument that is to be and not to be': [
    'kernel_arguments: {should_exist: [a, b], should_not_exist: [①b]}',
    FIELD('kernel_arguments.should_not_exist.0', DUPLICATE),
  ],
};

const TABLES = { PATHS, DISKS, FILESYSTEMS, FILES, RESOURCES, RAID, LUKS, SYSTEMD, DUPLICATES };

for (const [about, table] of Object.entries(TABLES)) {
  for (const [rule, [body, ...says]] of Object.entries(table)) {
    const isFatal = says.some((line) => line.includes('error '));
    const marked: MarkedCase = {
      version: '1.5.0',
      body,
      says,
      ...(isFatal ? { fatal: INVALID_OUTPUT } : {}),
    };
    test(`what would come out is checked, ${about.toLowerCase()}: ${rule}`, (t) =>
      t.deepEqual(saidOf(marked), expectedOf(marked)));
  }
}

const BY_VERSION: Readonly<Record<string, MarkedCase>> = {
  'CEX and clevis': {
    version: '1.6.0',
    body: luks('clevis: {tpm2: true}, cex: ①{enabled: true}'),
    says: [FIELD('storage.luks.0.cex', 'cannot use cex with clevis')],
    fatal: INVALID_OUTPUT,
  },
  'CEX and a key file': {
    version: '1.6.0',
    body: luks('key_file: {source: "data:,x"}, cex: ①{enabled: true}'),
    says: [FIELD('storage.luks.0.cex', 'cannot use key file with cex')],
    fatal: INVALID_OUTPUT,
  },
  'ARNs came with fcos 1.5': {
    version: '1.4.0',
    body: contents('source: ①"arn:aws:s3:::b/k"'),
    says: [FIELD(at('source'), 'invalid url scheme')],
    fatal: INVALID_OUTPUT,
  },
  'Google storage came with fcos 1.2': {
    version: '1.1.0',
    body: contents('source: ①"gs://b/k"'),
    says: [FIELD(at('source'), 'invalid url scheme')],
    fatal: INVALID_OUTPUT,
  },
  'format none came with fcos 1.4': {
    version: '1.3.0',
    body: filesystem('format: ①none'),
    says: [FIELD('storage.filesystems.0.format', 'invalid filesystem format')],
    fatal: INVALID_OUTPUT,
  },
  'an openshift file is told its own paths, not those of the MachineConfig': {
    version: '4.15.0',
    body: `${METADATA}storage: {filesystems: [{device: /dev/a, format: ①ntfs}]}`,
    says: [FIELD('storage.filesystems.0.format', 'invalid filesystem format')],
    fatal: INVALID_OUTPUT,
  },
  'what a mount unit is made of comes from with_mount_unit': {
    version: '1.3.0',
    body: 'storage: {filesystems: [{device: /dev/a, format: xfs, path: "/a\\n[", with_mount_unit: ①true}]}',
    says: [
      String.raw`warning storage.filesystems.0.with_mount_unit: unit "a\\xa\\x5b.mount" is enabled, but has no install section so enable does nothing`,
    ],
  },
  'an inline text is where its source comes from': {
    version: '1.5.0',
    body: 'storage: {files: [{path: /a, contents: {inline: ②x, http_headers: ①[{name: a, value: b}]}}]}',
    says: [FIELD(at('http_headers'), 'cannot use HTTP headers with this source scheme')],
    fatal: INVALID_OUTPUT,
  },
  'a list that moved behind what was generated is told its own place': {
    version: '1.5.0',
    body: 'boot_device: {layout: x86_64, mirror: {devices: [/dev/a, /dev/b]}}\nstorage: {raid: [{name: a, devices: [/dev/c], level: ①raid7}]}',
    says: [FIELD('storage.raid.0.level', 'unrecognized raid level')],
    fatal: INVALID_OUTPUT,
  },
  'from Ignition 3.6 special bits are fine': { version: '1.7.0', body: file('mode: 04755'), says: [] },
};

for (const [rule, marked] of Object.entries(BY_VERSION)) {
  test(`what would come out is checked: ${rule}`, (t) => t.deepEqual(saidOf(marked), expectedOf(marked)));
}

const SHAPES: Table = {
  'a reserved label under another number': [
    partitions('    - {number: 5, label: ①root, size_mib: 9000}'),
    'warning storage.disks.0.partitions.0.label: incorrect partition number; a new partition will be created using reserved label',
  ],
  'a root that cannot grow': [
    partitions('    - {number: 4, label: ①root}\n    - {number: 5, label: data}'),
    'warning storage.disks.0.partitions.0.label: root partition cannot expand; it is set to fill available space but is followed by an auto-positioned partition',
  ],
  'a root that is too small': [
    partitions('    - {number: 4, label: root, size_mib: ①8191}'),
    'warning storage.disks.0.partitions.0.size_mib: root should have 8GiB of space assigned',
  ],
};

for (const [rule, [body, ...says]] of Object.entries(SHAPES)) {
  const marked: MarkedCase = { version: '1.5.0', body, says };
  test(`partitions of the system are warned of: ${rule}`, (t) =>
    t.deepEqual(saidOf(marked), expectedOf(marked)));
}

test('each reserved label has its number', (t) => {
  const right = { 'BIOS-BOOT': 1, 'PowerPC-PReP-boot': 1, 'EFI-SYSTEM': 2, boot: 3, root: 4 };
  for (const [name, number] of Object.entries(right)) {
    const body = (n: number) => partitions(`    - {number: ${n}, label: ${name}, size_mib: 9000}`);
    t.deepEqual(saidOf({ version: '1.5.0', body: body(number), says: [] }), [], name);
    t.is(saidOf({ version: '1.5.0', body: body(number + 1), says: [] }).length, 1, name);
    t.deepEqual(
      saidOf({ version: '1.5.0', body: body(9).replace('/dev/a', '/dev/a\n    wipe_table: true'), says: [] }),
      [],
      name,
    );
  }
});
