import fc from 'fast-check';
import type { Field, ObjectType } from '../../../butane/schema/field.ts';
import { fieldsOf } from '../../../butane/schema/fields-of.ts';
import type { Spec } from '../../../butane/schema/spec.ts';

/** Texts that are right or nearly right in one place or another, by the last name of the field. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  path: ['/a', '/a/b', '/a/b/c', 'rel', '/a/', '/a/../b', '', '/etc/systemd/system/a.service', '/var//x'],
  target: ['/a', 'b', '', '/a/b', '../c'],
  device: ['/dev/a', '/dev/b', 'dev', '', '/dev/./c', '/dev/mapper/v'],
  devices: ['/dev/a', '/dev/b', '/dev/c'],
  label: ['a', 'boot', 'a-label-of-eighteen', 'x'.repeat(37), 'with:colon', '', 'x'.repeat(48)],
  guid: ['', '01234567-89AB-CDEF-EDCB-A98765432101', 'nonsense'],
  typeGuid: ['', '01234567-89ab-cdef-edcb-a98765432101', '0123'],
  format: ['ext4', 'btrfs', 'xfs', 'vfat', 'swap', 'none', 'ntfs', ''],
  level: ['linear', 'raid0', '1', 'raid10', 'raid7', ''],
  compression: ['', 'gzip', 'xz'],
  source: [
    'data:,x',
    'data:,%20%zz',
    'data:;base64,AAAA',
    'data:;base64,A?',
    'http://h/p',
    'https://h',
    's3://b/k',
    's3://b/k?versionId=',
    'gs://b/k',
    'tftp://h/f',
    'ftp://x',
    '',
    'plain',
    'data:text/plain;a=b,x',
    'data:;base64,AA=',
    'data:;x',
    'data:te xt',
    'http://[::1]x',
    'arn:aws:s3:::b/k',
  ],
  hash: [`sha512-${'0'.repeat(128)}`, `sha256-${'0'.repeat(64)}`, 'sha512-00', 'md5-00', 'nodash'],
  name: ['a', 'b', '', 'a.service', 'b.conf', 'a@.service', 'a@x.service', 'c.mount', 'x/y', 'd.txt'],
  contents: [
    '',
    '[Unit]\nA=b',
    '[Install]\nWantedBy=x',
    '[Unit',
    '[Unit]\nA',
    '[Unit]\nA\nB=c',
    'text',
    '[Unit] x',
    '# c \\\n d\n[Install]\nA=b\\\nc',
    '[Unit]\nA=b\n[Install]\n',
  ],
  httpProxy: ['http://p', 'https://p', 'socks://p', '', 'p:3128', 'http://[::1]a'],
  httpsProxy: ['http://p', 'https://p', 'x'],
  url: ['http://t', 'https://t', 'ftp://t', ''],
  thumbprint: ['tp', ''],
  advertisement: ['{}', '{', ''],
  pin: ['tpm2', 'tang', 'sss', 'other', ''],
  config: ['{}', ''],
  value: ['v', ''],
};
const NUMBERS = [0, 1, 2, 5, 0o644, 0o4755, 0o10000, 100];

/** Ignition configs full of right and wrong values, as the objects that validation works on. */
export function randomIgnition(type: ObjectType, spec: Spec): fc.Arbitrary<Record<string, unknown>> {
  const fields = fieldsOf(type, spec).filter(
    ({ field }) => !['sugar', 'generated'].includes(field.options.presence ?? ''),
  );
  const arbitraries = fields.map(({ name, field }) => [name, randomField(name, field, spec)] as const);
  return fc.record(Object.fromEntries(arbitraries), { requiredKeys: [] });
}

function randomField(name: string, field: Field, spec: Spec): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'object':
      return randomIgnition(field.type, spec);
    case 'list':
      return fc.array(randomField(name, field.item, spec), { minLength: 1, maxLength: 3 });
    case 'int':
      return fc.constantFrom(...NUMBERS);
    case 'bool':
      return fc.boolean();
    case 'string':
    case 'labels':
      return fc.constantFrom(...(TEXTS[name] ?? ['x', 'y', '']));
  }
}
