import test from 'ava';
import { containerStorageTarget } from '../../../bootagent/stages/prep/container-storage.ts';
import { StageError } from '../../../bootagent/stages/stage-error.ts';
import { translate } from '../../../butane/index.ts';
import { containersPartitionButane } from '../../../core/containers-partition/butane-text.ts';
import {
  type ContainersPartition,
  checkContainersPartition,
  LABELS,
} from '../../../core/containers-partition/containers-partition.ts';
import { ContainersPartitionError } from '../../../core/containers-partition/containers-partition-error.ts';
import { inspectContainersPartition } from '../../../core/containers-partition/inspect.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const GOOD: ContainersPartition = {
  device: '/dev/disk/by-id/wwn-0x6b07b250ebb9d0002a33509f24af1f62',
  startMib: 250_000,
  sizeMib: 0,
  label: LABELS.ztp,
};

test('what the product guide shows is accepted without a doubt, with either label', (t) => {
  t.deepEqual(checkContainersPartition(GOOD), []);
  t.deepEqual(checkContainersPartition({ ...GOOD, label: LABELS.machineConfig, startMib: 25_000 }), []);
});

test('a start below what OpenShift recommends is doubted, not refused: root has the 8 GiB that CoreOS needs', (t) => {
  t.deepEqual(checkContainersPartition({ ...GOOD, startMib: 25_000 }), []);
  for (const startMib of [24_999, 8_705]) {
    const [doubt, ...more] = checkContainersPartition({ ...GOOD, startMib });
    t.regex(doubt ?? '', /may leave too little to root.*recommends 25000 MiB or more/);
    t.deepEqual(more, []);
  }
});

const REFUSED: readonly (readonly [Partial<ContainersPartition> & { diskMib?: number }, string, RegExp])[] = [
  [
    { startMib: 8_704 },
    'start-too-small',
    /less than 8 GiB to the root partition .* the installation would fail/,
  ],
  [{ startMib: 0 }, 'start-too-small', /less than 8 GiB to the root partition/],
  [{ startMib: 25_000.5 }, 'start-too-small', /less than 8 GiB/],
  [{ sizeMib: 299 }, 'size-too-small', /No XFS filesystem fits into 299 MiB/],
  [{ sizeMib: -1 }, 'size-too-small', /No XFS filesystem/],
  [
    { startMib: 250_000, sizeMib: 100_000, diskMib: 349_999 },
    'beyond-disk',
    /ends behind the end of the disk at 349999 MiB/,
  ],
  [{ startMib: 250_000, sizeMib: 0, diskMib: 250_000 }, 'beyond-disk', /at least 300 MiB from 250000 MiB/],
  [{ device: 'sda' }, 'bad-device', /no absolute path of a disk/],
  [{ device: '/dev/../sda' }, 'bad-device', /no absolute path of a disk/],
  [{ device: '/dev/sda 1' }, 'bad-device', /no absolute path of a disk/],
  [{ device: '/dev/sda5' }, 'bad-device', /is a partition/],
  [{ device: '/dev/nvme0n1p2' }, 'bad-device', /is a partition/],
  [{ device: '/dev/disk/by-id/wwn-0x6b07-part5' }, 'bad-device', /is a partition/],
  [{ device: '/dev/disk/by-partlabel/root' }, 'bad-device', /is a partition/],
  [{ label: 'x'.repeat(37) }, 'bad-label', /longer than 36 characters/],
  [{ label: 'a:b' }, 'bad-label', /not made of letters/],
  [{ label: '' }, 'bad-label', /not made of letters/],
  [{ label: 'root' }, 'bad-label', /of a partition of the system itself/],
];

for (const [{ diskMib, ...change }, code, message] of REFUSED) {
  test(`a container partition with ${JSON.stringify({ ...change, diskMib })} is refused`, (t) => {
    const error = t.throws(() => checkContainersPartition({ ...GOOD, ...change }, diskMib), {
      instanceOf: ContainersPartitionError,
    });
    t.is<string, string>(error.code, code);
    t.regex(error.message, message);
  });
}

test('what may go wrong later is said', (t) => {
  const doubts = (change: Partial<ContainersPartition>): string =>
    checkContainersPartition({ ...GOOD, ...change }).join('|');
  t.regex(doubts({ device: '/dev/sda' }), /^\/dev\/sda may be another disk at the next boot/);
  t.regex(doubts({ sizeMib: 40_959 }), /^40959 MiB may be too small for the images of two releases/);
  t.is(doubts({ sizeMib: 40_960 }), '');
  t.regex(
    doubts({ label: 'containers' }),
    /^A seed image fits only targets whose partition has the same label/,
  );
});

const ROOT = '29 1 8:4 / /sysroot rw - xfs /dev/sda4 rw';
const CONTAINERS = '40 29 8:5 / /var/lib/containers rw - xfs /dev/sda5 rw,prjquota';
const UNIT = (label: string, escaped: string): string => `# /etc/systemd/system/var-lib-containers.mount
[Unit]
Requires=systemd-fsck@dev-disk-by\\x2dpartlabel-${escaped}.service
After=systemd-fsck@dev-disk-by\\x2dpartlabel-${escaped}.service
[Mount]
Where=/var/lib/containers
What=/dev/disk/by-partlabel/${label}
`;

function node(mountinfo: string, options: { active: boolean; unit?: string }): RecordingHost {
  const host = new RecordingHost()
    .file('/proc/self/mountinfo', mountinfo)
    .on(
      /^systemctl show /,
      options.active ? 'ActiveState=active\nWhat=/dev/sda5\n' : 'ActiveState=inactive\nWhat=\n',
    )
    .on(/^systemctl cat /, options.unit ?? UNIT('var-lib-containers', 'var\\x2dlib\\x2dcontainers'));
  host.links.set('/sys/class/block/sda4', '../../devices/pci0000:00/ata1/host0/target0/block/sda/sda4');
  host.file('/sys/class/block/sda/size', `${446 * 1024 * 2048}\n`);
  host.links.set('/dev/disk/by-id/ata-DISK', '../../sda');
  host.links.set('/dev/disk/by-id/wwn-0x123', '../../sda');
  host.links.set('/dev/disk/by-id/wwn-0x123-part4', '../../sda4');
  return host;
}

test('a node with the partition is found to share its containers, and what they are mounted from', async (t) => {
  const state = await inspectContainersPartition(node(`${ROOT}\n${CONTAINERS}`, { active: true }));
  t.deepEqual(state, { kind: 'shared', what: '/dev/disk/by-partlabel/var-lib-containers', doubts: [] });
});

test('an unescaped fsck instance, as in published examples, is doubted', async (t) => {
  const unit = UNIT('var-lib-containers', 'var-lib-containers');
  const state = await inspectContainersPartition(node(`${ROOT}\n${CONTAINERS}`, { active: true, unit }));
  t.deepEqual(state.kind === 'shared' ? state.doubts : [], [
    'var-lib-containers.mount waits for systemd-fsck@dev-disk-by\\x2dpartlabel-var-lib-containers.service, which is a check of another device; of /dev/disk/by-partlabel/var-lib-containers it is systemd-fsck@dev-disk-by\\x2dpartlabel-var\\x2dlib\\x2dcontainers.service.',
  ]);
});

test('a node without the partition is told what to paste, for its own disk', async (t) => {
  const state = await inspectContainersPartition(node(ROOT, { active: false }));
  if (state.kind === 'shared') return t.fail();
  t.is(
    state.because,
    "/var/lib/containers is part of the stateroot's own /var: there is no active var-lib-containers.mount.",
  );
  const butane = containersPartitionButane({
    ...GOOD,
    device: '/dev/disk/by-id/wwn-0x123',
    startMib: 251_000,
  });
  t.true(state.explanation.includes(`Put this into storage.bu:\n\n${butane}\n`), state.explanation);
  t.notThrows(() => translate(butane));
});

test('a node of which nothing is known is given placeholders', async (t) => {
  const state = await inspectContainersPartition(
    new RecordingHost().on(/^systemctl show /, 'ActiveState=inactive\nWhat=\n'),
  );
  t.true(
    state.kind === 'not-shared' && state.explanation.includes('device: /dev/disk/by-id/wwn-<root_disk>\n'),
  );
  t.true(state.kind === 'not-shared' && state.explanation.includes('start_mib: 25000\n'));
});

test('a mount by other means, and a folder of the root filesystem, are not enough', async (t) => {
  const other = await inspectContainersPartition(node(`${ROOT}\n${CONTAINERS}`, { active: false }));
  t.regex(
    other.kind === 'not-shared' ? other.because : '',
    /^\/var\/lib\/containers is mounted from \/dev\/sda5, but not by var-lib-containers.mount/,
  );
  const folder = '40 29 8:4 /containers /var/lib/containers rw - xfs /dev/sda4 rw';
  const bind = await inspectContainersPartition(node(`${ROOT}\n${folder}`, { active: true }));
  t.regex(bind.kind === 'not-shared' ? bind.because : '', /mounted from a folder of the root filesystem/);
});

test('Prep refuses a node without the partition with a configuration to paste', async (t) => {
  const error = await t.throwsAsync(containerStorageTarget(node(ROOT, { active: false })), {
    instanceOf: StageError,
  });
  t.is<string, string>(error.code, 'no-container-partition');
  t.regex(
    error.remedy ?? '',
    /Put this into storage\.bu:\n\nvariant: fcos\n[\s\S]*device: \/dev\/disk\/by-id\/wwn-0x123\n/,
  );
  const mounted = node(`${ROOT}\n${CONTAINERS}`, { active: true });
  t.is(await containerStorageTarget(mounted), '/dev/disk/by-partlabel/var-lib-containers');
});
