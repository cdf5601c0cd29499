import test from 'ava';
import { newKernelArguments } from '../../../../bootagent/stages/prep/kernel-arguments.ts';

const SEED = [
  'root=UUID=of-the-seed',
  'console=tty1',
  'rw',
  'ostree=/ostree/boot.0/x',
  'isolcpus=2-7',
  'quiet',
  'ip=dhcp',
];
const BOOTED = [
  'root=LABEL=root',
  'console=ttyS0',
  'console=tty0',
  'rd.luks.uuid=1',
  'ro',
  'debug',
  'ostree=/ostree/boot.1/y',
];

test("the seed's arguments come along, those of the machine are the target's own", (t) => {
  const made = newKernelArguments(SEED, BOOTED, '2.0.0');
  t.deepEqual(made.slice(0, 7), [
    'root=LABEL=root',
    'console=ttyS0',
    'console=tty0',
    'rd.luks.uuid=1',
    'ro',
    'isolcpus=2-7',
    'quiet',
  ]);
  t.false(made.includes('debug'));
  t.false(made.some((argument) => argument.startsWith('ostree=')));
});

test('a kernel that dies reboots, and nobody is waited for', (t) => {
  const made = newKernelArguments(['panic=0', 'rd.shell=1'], BOOTED, '2.0.0');
  t.deepEqual(
    made.filter((argument) => argument.startsWith('panic=')),
    ['panic=10'],
  );
  t.deepEqual(
    made.filter((argument) => argument.startsWith('rd.shell')),
    ['rd.shell=0'],
  );
  t.true(made.includes('rd.emergency=reboot'));
  t.is(made.at(-1), 'ibu=2.0.0');
});
