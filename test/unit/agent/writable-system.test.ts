import test from 'ava';
import { withWritableSystem } from '../../../bootagent/agent/writable-system.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const MOUNTS = `22 1 254:3 /ostree/deploy/a/deploy/b / rw,relatime shared:1 - ext4 /dev/vda3 rw
23 22 254:3 / /sysroot ro,relatime shared:2 - ext4 /dev/vda3 rw
24 22 254:2 / /boot rw,relatime shared:3 - ext4 /dev/vda2 rw
`;

test('what is mounted read-only is writable during the work, and read-only again afterwards, also when it fails', async (t) => {
  const host = new RecordingHost().file('/proc/self/mountinfo', MOUNTS).on(/^mount /, '');
  let during: string[] = [];
  await withWritableSystem(host, async () => {
    during = [...host.transcript];
  });
  t.deepEqual(during, ['run mount -o remount,rw /sysroot']);
  t.is(host.transcript.at(-1), 'run mount -o remount,ro,bind /sysroot');
  await t.throwsAsync(
    withWritableSystem(host, async () => {
      throw new Error('no');
    }),
  );
  t.is(host.transcript.at(-1), 'run mount -o remount,ro,bind /sysroot');
});

test('a mount over another one counts', async (t) => {
  const over = '25 23 0:9 / /sysroot rw - tmpfs tmpfs rw\n';
  const host = new RecordingHost().file('/proc/self/mountinfo', MOUNTS + over).on(/^mount /, '');
  await withWritableSystem(host, async () => undefined);
  t.deepEqual(host.transcript, []);
});
