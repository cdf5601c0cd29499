import test from 'ava';
import { said } from './marked-case.ts';

const CASES: Readonly<Record<string, readonly [text: string, ...said: string[]]>> = {
  'an empty file': ['', 'error parsing variant; must be specified'],
  'only a comment': ['# x\n', 'error parsing variant; must be specified'],
  'no variant': ['version: 1.3.0\n', 'error parsing variant; must be specified'],
  'no version': ['variant: fcos\n', 'error parsing version; must be a valid semver'],
  'a version of two parts': [
    'variant: fcos\nversion: 1.3\n',
    'error parsing version; must be a valid semver',
  ],
  'a version there is none of': [
    'variant: fcos\nversion: 1.9.0\n',
    'No translator exists for variant fcos with version 1.9.0',
  ],
  'a variant there is none of': [
    'variant: beos\nversion: 1.3.0\n',
    'No translator exists for variant beos with version 1.3.0',
  ],
  'an experimental version': [
    'variant: fcos\nversion: 1.6.0-experimental\n',
    'No translator exists for variant fcos with version 1.6.0-experimental',
  ],
  'no mapping': [
    'hello\n',
    'Error unmarshaling yaml: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `hello` into config.commonFields',
  ],
  'a version that is a list': [
    'variant: fcos\nversion:\n- 1\n',
    'Error unmarshaling yaml: yaml: unmarshal errors:\n  line 3: cannot unmarshal !!seq into string',
  ],
  'a top-level key that stands twice': [
    'variant: fcos\nversion: 1.3.0\nvariant: fcos\n',
    'Error unmarshaling yaml: yaml: unmarshal errors:\n  line 3: mapping key "variant" already defined at line 1',
  ],
  'YAML that is none': [
    'variant: fcos\na: b: c\n',
    'Error unmarshaling yaml: yaml: line 2: mapping values are not allowed in this context',
  ],
  tabs: [
    'variant: fcos\na:\n\t- b\n',
    'Error unmarshaling yaml: yaml: line 3: found character that cannot start any token',
  ],
  'an alias to nothing': [
    'variant: *a\n',
    "Error unmarshaling yaml: yaml: line 1: unknown anchor 'a' referenced",
  ],
  'an alias to itself': [
    'a: &a [*a]\n',
    "Error unmarshaling yaml: yaml: line 1: anchor 'a' value contains itself",
  ],
};

for (const [what, [text, error]] of Object.entries(CASES)) {
  test(`a file that cannot be read is refused: ${what}`, (t) => {
    t.deepEqual(said(text), [`Error translating config: ${error}`]);
  });
}

const WRONG_TYPES = `variant: fcos
version: 1.5.0
storage:
  disks: 5
  files:
  - path: [a]
    mode: "0644"
    overwrite: maybe
    user: {id: 1.5}
  - just a text that is long
  trees: {a: b}
  raid: [{devices: {}}]
systemd: [x]
passwd:
  users:
  - name: a
    name: b
`;

test('each value of a wrong type is named with its line, the value cut after seven characters, in the order of the file', (t) => {
  t.deepEqual(said(WRONG_TYPES), [
    `Error translating config: yaml: unmarshal errors:
  line 4: cannot unmarshal !!int \`5\` into []v0_5.Disk
  line 6: cannot unmarshal !!seq into string
  line 7: cannot unmarshal !!str \`0644\` into int
  line 8: cannot unmarshal !!str \`maybe\` into bool
  line 9: cannot unmarshal !!float \`1.5\` into int
  line 10: cannot unmarshal !!str \`just a ...\` into v0_5.File
  line 11: cannot unmarshal !!map into []v0_5.Tree
  line 12: cannot unmarshal !!map into []v0_5.Device
  line 13: cannot unmarshal !!seq into v0_5.Systemd
  line 17: mapping key "name" already defined at line 16`,
  ]);
});

test('types are named by the part of the language they belong to', (t) => {
  t.deepEqual(said('variant: fcos\nversion: 1.3.0\nboot_device: x\nstorage: y\n'), [
    'Error translating config: yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `x` into v1_3.BootDevice\n  line 4: cannot unmarshal !!str `y` into v0_3.Storage',
  ]);
  t.deepEqual(said('variant: openshift\nversion: 4.15.0\nmetadata: x\nopenshift: y\n'), [
    'Error translating config: yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `x` into v4_15.Metadata\n  line 4: cannot unmarshal !!str `y` into v4_15.OpenShift',
  ]);
});

test('a file that unfolds into a huge one is refused', (t) => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`,
  );
  const text = `variant: fcos\nversion: 1.5.0\na0: &a0 [x]\n${levels.join('\n')}\nstorage: {files: [{path: a, append: *a9}]}\n`;
  t.true(said(text)[0]?.startsWith('Error translating config: yaml: unmarshal errors:\n'));
});

test('unused keys are warned of at the key, objects before what they hold', (t) => {
  t.deepEqual(
    said(`variant: fcos
version: 1.5.0
storage:
  files:
  - path: /a
    modes: 5
  filez: []
  trees: []
variants: 1
ignition: {version: 3}
`),
    [
      'warning at $.variants, line 9 col 1: unused key variants',
      'warning at $.ignition.version, line 10 col 12: unused key version',
      'warning at $.storage.filez, line 7 col 3: unused key filez',
      'warning at $.storage.files.0.modes, line 6 col 5: unused key modes',
    ],
  );
});

test('a field of a later version is an unused key', (t) => {
  const unused = (version: string, body: string) => said(`variant: fcos\nversion: ${version}\n${body}\n`);
  t.deepEqual(unused('1.3.0', 'kernel_arguments: {}'), [
    'warning at $.kernel_arguments, line 3 col 1: unused key kernel_arguments',
  ]);
  t.deepEqual(unused('1.4.0', 'kernel_arguments: {}'), []);
  t.deepEqual(unused('1.2.0', 'boot_device: {}'), [
    'warning at $.boot_device, line 3 col 1: unused key boot_device',
  ]);
  t.deepEqual(unused('1.1.0', 'storage: {luks: []}'), [
    'warning at $.storage.luks, line 3 col 11: unused key luks',
  ]);
  t.deepEqual(unused('1.0.0', 'storage: {trees: []}'), [
    'warning at $.storage.trees, line 3 col 11: unused key trees',
  ]);
  t.deepEqual(unused('1.5.0', 'storage: {luks: [{name: a, device: /a, cex: {}}]}'), [
    'warning at $.storage.luks.0.cex, line 3 col 40: unused key cex',
  ]);
});

const mismatch = (path: string): string =>
  `context tree does not match content tree at $.${path}. Line and column reporting may be inconsistent. Unused keys may not be reported.`;

test('aliases, nulls and merge keys work, and are warned of', (t) => {
  t.deepEqual(
    said(`variant: fcos
version: 1.5.0
storage: &s
  files:
  - &f
    path: /a
    user: ~
  - *f
  - <<: *f
    path: /b
    mode:
passwd:
`),
    [
      `warning at $.passwd, line 12 col 8: ${mismatch('passwd')}`,
      `warning at $.storage.files.0.user, line 7 col 11: ${mismatch('storage.files.0.user')}`,
      `warning at $.storage.files.1, line 8 col 5: ${mismatch('storage.files.1')}`,
      'warning at $.storage.files.2.<<, line 9 col 5: unused key <<',
      'error at $.storage.files.1, line 8 col 5: duplicate entry defined',
      'Error translating config: config generated was invalid',
    ],
  );
});

test('only the first document is read, and characters outside the basic plane count once', (t) => {
  t.deepEqual(said('variant: fcos\nversion: 1.5.0\n"😀😀": 1\n---\n}{\n'), [
    'warning at $.😀😀, line 3 col 1: unused key 😀😀',
  ]);
  t.deepEqual(said('variant: fcos\nversion: 1.5.0\n{"😀": 1, a: 2}\n').length, 1);
  t.deepEqual(said('{variant: fcos, version: 1.5.0, "😀": 1, é: 2}\n'), [
    'warning at $.😀, line 1 col 33: unused key 😀',
    'warning at $.é, line 1 col 41: unused key é',
  ]);
});
