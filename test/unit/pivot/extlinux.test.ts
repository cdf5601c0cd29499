import test from 'ava';
import { extlinux } from '../../../bootagent/pivot/bootloader/extlinux.ts';
import type { Deployment } from '../../../core/sysroot/sysroot.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const CONFIG = '/boot/syslinux/syslinux.cfg';
const SYSLINUX = '/boot/syslinux/ldlinux.sys';
const TEXT = `SERIAL 0 115200
TIMEOUT 10

DEFAULT Fedora 41 (ostree:lca:0)
LABEL Fedora 41 (ostree:lca:0)
\tKERNEL /ostree/lca-aa/vmlinuz
\tAPPEND root=LABEL=root ostree=/ostree/boot.0/lca/aa/0
LABEL Fedora 41 (ostree:next:1)
\tKERNEL /ostree/next-bb/vmlinuz
\tAPPEND root=LABEL=root ostree=/ostree/boot.0/next/bb/0`;

/** A machine whose extlinux keeps its order where the real one does: in the last 1024 bytes of ldlinux.sys. */
class ExtlinuxHost extends RecordingHost {
  order = '';

  constructor() {
    super();
    this.file(CONFIG, TEXT).file(SYSLINUX, 'loader').file('/usr/bin/extlinux', '');
    this.on(/^\/usr\/bin\/extlinux --once=/, ([, option]) => {
      this.order = (option ?? '').replace('--once=', '');
      return '';
    });
    this.on(/^\/usr\/bin\/extlinux --clear-once/, () => {
      this.order = '';
      return '';
    });
  }

  override async readBytes(path: string): Promise<Uint8Array | undefined> {
    if (path !== SYSLINUX) return super.readBytes(path);
    const vector = Buffer.alloc(512);
    vector.writeUInt32LE(0x5a2d2fa5, 0);
    if (this.order !== '') vector.set([1, this.order.length, ...Buffer.from(this.order)], 8);
    return Buffer.concat([Buffer.alloc(2048), vector, vector]);
  }
}

const second = { index: 1 } as Deployment;

test('arming orders a copy of the entry under a label of one word, since extlinux compares labels to the first space', async (t) => {
  const host = new ExtlinuxHost();
  await extlinux.arm(host, second);
  t.is(host.order, 'lca-try');
  t.true(await extlinux.isArmed(host));
  const [, copy] = (host.files.get(CONFIG) ?? '').split('LABEL lca-try\n');
  t.is(copy, '\tKERNEL /ostree/next-bb/vmlinuz\n\tAPPEND root=LABEL=root ostree=/ostree/boot.0/next/bb/0\n');
  t.true(host.files.get(CONFIG)?.startsWith(`${TEXT}\n`), 'All that was there stays as it was');
});

test('arming again, for another deployment too, leaves one copy', async (t) => {
  const host = new ExtlinuxHost();
  await extlinux.arm(host, second);
  await extlinux.arm(host, { index: 0 } as Deployment);
  const copies = (host.files.get(CONFIG) ?? '').split('LABEL lca-try\n').slice(1);
  t.is(copies.length, 1);
  t.regex(copies[0] ?? '', /ostree=\/ostree\/boot\.0\/lca\/aa\/0/);
});

test('the copy is on disk before the order that names it', async (t) => {
  const host = new ExtlinuxHost();
  await extlinux.arm(host, second);
  t.deepEqual(host.transcript, [
    `write ${CONFIG}`,
    'sync /boot',
    'run /usr/bin/extlinux --once=lca-try /boot/syslinux',
    'sync /boot',
  ]);
});

test('disarming clears the order', async (t) => {
  const host = new ExtlinuxHost();
  await extlinux.arm(host, second);
  await extlinux.disarm(host);
  t.false(await extlinux.isArmed(host));
});

test('a deployment without an entry cannot be armed', async (t) => {
  await t.throwsAsync(extlinux.arm(new ExtlinuxHost(), { index: 2 } as Deployment), {
    message: /has no entry number 2/,
  });
});
