import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import { jsonText } from '../../../butane/emit/json.ts';
import { yamlText } from '../../../butane/emit/yaml.ts';
import { translate } from '../../../butane/index.ts';

const ignition = (version: string, body: string): unknown =>
  JSON.parse(translate(`variant: fcos\nversion: ${version}\n${body}\n`).output);

/** Objects with their keys in the order in which they are written. */
function keys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keys);
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value).map(([key, inner]) =>
    [key, keys(inner)].flat(typeof inner === 'object' ? 0 : 1).filter((part) => part !== ''),
  );
}

test('keys come out in the fixed order, whatever the order in the file', (t) => {
  const out = translate(`variant: fcos
version: 1.6.0
systemd: {units: [{name: a.service, mask: true, enabled: false, dropins: [{name: b.conf, contents: ""}], contents: ""}]}
storage:
  raid: [{spares: 1, options: [o], name: r, level: raid1, devices: [/dev/r]}]
  luks:
  - {wipe_volume: true, uuid: u, options: [o], open_options: [p], name: l, label: m, key_file: {source: "data:,x"}, discard: true, device: /dev/l}
  - {name: n, device: /dev/n, clevis: {tpm2: true, threshold: 1, tang: [{url: "http://t", thumbprint: t, advertisement: "{}"}]}}
  - {name: o, device: /dev/o, clevis: {custom: {pin: sss, needs_network: true, config: "{}"}}}
  - {name: p, device: /dev/p, cex: {enabled: true}}
  links: [{target: /t, hard: false, user: {name: u}, path: /l, overwrite: false, group: {id: 1}}]
  filesystems: [{wipe_filesystem: false, uuid: u, path: /f, options: [o], mount_options: [m], label: l, format: xfs, device: /dev/f}]
  files: [{mode: 0600, contents: {verification: {hash: sha512-${'0'.repeat(128)}}, source: "http://s", http_headers: [{value: v, name: n}], compression: gzip}, append: [{source: "data:,a"}], user: {id: 0}, path: /a, overwrite: true, group: {name: g}}]
  disks: [{wipe_table: false, partitions: [{wipe_partition_entry: false, type_guid: "", start_mib: 0, size_mib: 0, should_exist: true, resize: false, number: 1, label: l, guid: ""}], device: /dev/d}]
  directories: [{mode: 0700, user: {id: 1}, path: /d, overwrite: false, group: {id: 1}}]
passwd:
  users: [{uid: 1, system: true, should_exist: true, shell: s, ssh_authorized_keys: [k], primary_group: p, password_hash: h, no_user_group: true, no_log_init: true, no_create_home: true, name: u, home_dir: d, groups: [g], gecos: c}]
  groups: [{system: true, should_exist: true, password_hash: h, name: g, gid: 1}]
kernel_arguments: {should_not_exist: [n], should_exist: [e]}
ignition:
  timeouts: {http_total: 1, http_response_headers: 2}
  security: {tls: {certificate_authorities: [{source: "data:,x"}]}}
  proxy: {no_proxy: [n], https_proxy: https://p, http_proxy: http://p}
  config: {replace: {source: "data:,r"}, merge: [{source: "data:,m"}]}
`).output;
  const hash = `sha512-${'0'.repeat(128)}`;
  t.is(
    out,
    [
      '{"ignition":{"config":{"merge":[{"source":"data:,m"}],"replace":{"source":"data:,r"}},',
      '"proxy":{"httpProxy":"http://p","httpsProxy":"https://p","noProxy":["n"]},',
      '"security":{"tls":{"certificateAuthorities":[{"source":"data:,x"}]}},',
      '"timeouts":{"httpResponseHeaders":2,"httpTotal":1},"version":"3.5.0"},',
      '"kernelArguments":{"shouldExist":["e"],"shouldNotExist":["n"]},',
      '"passwd":{"groups":[{"gid":1,"name":"g","passwordHash":"h","shouldExist":true,"system":true}],',
      '"users":[{"gecos":"c","groups":["g"],"homeDir":"d","name":"u","noCreateHome":true,"noLogInit":true,',
      '"noUserGroup":true,"passwordHash":"h","primaryGroup":"p","sshAuthorizedKeys":["k"],"shell":"s","shouldExist":true,"system":true,"uid":1}]},',
      '"storage":{"directories":[{"group":{"id":1},"overwrite":false,"path":"/d","user":{"id":1},"mode":448}],',
      '"disks":[{"device":"/dev/d","partitions":[{"guid":"","label":"l","number":1,"resize":false,"shouldExist":true,"sizeMiB":0,"startMiB":0,"typeGuid":"","wipePartitionEntry":false}],"wipeTable":false}],',
      '"files":[{"group":{"name":"g"},"overwrite":true,"path":"/a","user":{"id":0},"append":[{"source":"data:,a"}],',
      `"contents":{"compression":"gzip","httpHeaders":[{"name":"n","value":"v"}],"source":"http://s","verification":{"hash":"${hash}"}},"mode":384}],`,
      '"filesystems":[{"device":"/dev/f","format":"xfs","label":"l","mountOptions":["m"],"options":["o"],"path":"/f","uuid":"u","wipeFilesystem":false}],',
      '"links":[{"group":{"id":1},"overwrite":false,"path":"/l","user":{"name":"u"},"hard":false,"target":"/t"}],',
      '"luks":[{"device":"/dev/l","discard":true,"keyFile":{"source":"data:,x"},"label":"m","name":"l","openOptions":["p"],"options":["o"],"uuid":"u","wipeVolume":true},',
      '{"clevis":{"tang":[{"advertisement":"{}","thumbprint":"t","url":"http://t"}],"threshold":1,"tpm2":true},"device":"/dev/n","name":"n"},',
      '{"clevis":{"custom":{"config":"{}","needsNetwork":true,"pin":"sss"}},"device":"/dev/o","name":"o"},',
      '{"cex":{"enabled":true},"device":"/dev/p","name":"p"}],',
      '"raid":[{"devices":["/dev/r"],"level":"raid1","name":"r","options":["o"],"spares":1}]},',
      '"systemd":{"units":[{"contents":"","dropins":[{"contents":"","name":"b.conf"}],"enabled":false,"mask":true,"name":"a.service"}]}}',
    ].join(''),
  );
});

test('each language says its Ignition version', (t) => {
  const expected = {
    '1.0.0': '3.0.0',
    '1.1.0': '3.1.0',
    '1.2.0': '3.2.0',
    '1.3.0': '3.2.0',
    '1.4.0': '3.3.0',
    '1.5.0': '3.4.0',
    '1.6.0': '3.5.0',
    '1.7.0': '3.6.0',
  };
  for (const [version, becomes] of Object.entries(expected))
    t.deepEqual(ignition(version, ''), { ignition: { version: becomes } });
  const minors = Array.from({ length: 15 }, (_, i) => i + 8);
  const versions = minors.map((minor) => {
    const text = `variant: openshift\nversion: 4.${minor}.0\nmetadata: {name: a, labels: {machineconfiguration.openshift.io/role: b}}\n`;
    return parse(translate(text).output).spec.config.ignition.version;
  });
  t.deepEqual(versions, [...Array(6).fill('3.2.0'), ...Array(5).fill('3.4.0'), ...Array(4).fill('3.5.0')]);
});

test('what is given is there, even false, 0 and empty text; a number of 0, and what is empty, is not', (t) => {
  t.deepEqual(
    ignition(
      '1.5.0',
      'storage: {disks: [{device: /dev/a, wipe_table: false, partitions: [{label: "", number: 0, size_mib: 0}]}], files: []}\npasswd: {}\n',
    ),
    {
      ignition: { version: '3.4.0' },
      storage: { disks: [{ device: '/dev/a', partitions: [{ label: '', sizeMiB: 0 }], wipeTable: false }] },
    },
  );
});

test('up to Ignition 3.2 the target of a link, and pin and config of a custom clevis, are always there', (t) => {
  const link = 'storage: {links: [{path: /a}]}';
  t.deepEqual(ignition('1.3.0', link), {
    ignition: { version: '3.2.0' },
    storage: { links: [{ path: '/a', target: '' }] },
  });
  const custom = 'storage: {luks: [{name: a, device: /dev/a, clevis: {custom: {needs_network: false}}}]}';
  t.deepEqual(
    keys((ignition('1.3.0', custom) as { storage: { luks: { clevis: unknown }[] } }).storage.luks[0]?.clevis),
    [['custom', [['config'], ['needsNetwork'], ['pin']]]],
  );
});

test('JSON is escaped as Go does it', (t) => {
  t.is(
    jsonText('<&>\u2028\u2029\b\f\n\t"\\\u007F\u0001é😀', false),
    '"\\u003c\\u0026\\u003e\\u2028\\u2029\\u0008\\u000c\\n\\t\\"\\\\\u007F\\u0001é😀"',
  );
  t.is(jsonText('\\b', false), '"\\\\b"');
  t.is(jsonText({ a: [1], b: {} }, true), '{\n  "a": [\n    1\n  ],\n  "b": {}\n}');
});

test('scalars are read as YAML 1.2, and as YAML 1.1 where configs rely on it', (t) => {
  const mode = (text: string): unknown =>
    (
      ignition('1.7.0', `storage: {files: [{path: /a, mode: ${text}}]}`) as {
        storage: { files: { mode: number }[] };
      }
    ).storage.files[0]?.mode;
  for (const text of ['0644', '0o644', '0x1a4', '420', '420.0', '4.2e2', '+420', '4_20', '0b110100100'])
    t.is(mode(text), 420, text);
  const overwrite = (text: string): unknown =>
    (
      ignition('1.5.0', `storage: {links: [{path: /a, target: b, overwrite: ${text}}]}`) as {
        storage: { links: { overwrite: boolean }[] };
      }
    ).storage.links[0]?.overwrite;
  for (const text of ['true', 'True', 'TRUE', 'y', 'Y', 'yes', 'on', '"yes"', "'on'"])
    t.is(overwrite(text), true, text);
  for (const text of ['false', 'False', 'n', 'N', 'no', 'off', '"no"']) t.is(overwrite(text), false, text);
  t.is(overwrite('null'), undefined);
  const shell = (text: string): unknown =>
    (
      ignition('1.5.0', `passwd: {users: [{name: a, shell: ${text}}]}`) as {
        passwd: { users: { shell: string }[] };
      }
    ).passwd.users[0]?.shell;
  for (const [text, value] of [
    ['5', '5'],
    ['0644', '0644'],
    ['true', 'true'],
    ['1.50', '1.50'],
    ['2001-01-01', '2001-01-01'],
  ] as const)
    t.is(shell(text), value);
  t.is(shell('~'), undefined);
});

test('what is written as YAML reads back as the same', (t) => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        'a',
        ' ',
        '\n',
        '\t',
        ':',
        '#',
        '-',
        "'",
        '"',
        '\\',
        '0',
        '1',
        '.',
        '~',
        '%',
        '@',
        '[',
        '}',
        '\u2028',
        '\u0007',
        'é',
      ),
    }),
    fc.constantFrom(
      'yes',
      'null',
      '~',
      '0x1',
      '1e3',
      '---',
      '...',
      '<<',
      '=',
      '1:30',
      '2001-01-01',
      '',
      ' a',
      'a ',
      'a\n',
      'a\n\n',
      '\na',
      '- a',
      'a: b',
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.array(texts, { maxLength: 4 })), (value) => {
      t.deepEqual(parse(yamlText(value)), value);
    }),
    { numRuns: 1500 },
  );
});

test('texts are quoted as Go quotes them', (t) => {
  const line = (value: string): string => yamlText({ a: value }).slice(3, -1);
  t.is(line('plain text'), 'plain text');
  t.is(line('true'), '"true"');
  t.is(line('yes'), '"yes"');
  t.is(line('0644'), '"0644"');
  t.is(line(''), '""');
  t.is(line('a: b'), "'a: b'");
  t.is(line("it's # x"), "'it''s # x'");
  t.is(line('@x'), "'@x'");
  t.is(line('a\tb'), '"a\\tb"');
  t.is(line('a\nb'), '|-\n  a\n  b');
  t.is(line('a\n\nb\n'), '|\n  a\n\n  b');
  t.is(line(' a\nb'), '|2-\n   a\n  b');
  t.is(line('a \nb'), '"a \\nb"');
  t.is(yamlText({ a10: 1, a2: 2, 'a-b': 3, B: 4 }), 'B: 4\na-b: 3\na2: 2\na10: 1\n');
});
