import type { RecordingHost } from './recording-host.ts';

export const STAGED = '/run/ostree/staged-deployment';

export interface FakeDeployment {
  readonly stateroot: string;
  /** One hexadecimal digit, repeated to a checksum. */
  readonly digit: string;
}

/** The checksum of a fake deployment. */
export function checksumOf(digit: string): string {
  return digit.repeat(64);
}

/**
 * Gives a recording host an ostree sysroot: boot loader entries in boot order, links to deployments, and the commands
 * that change them. With `STAGED` there, ostree counts the staged deployment as its first.
 *
 * @param booted index of the running deployment
 */
export function withSysroot(
  host: RecordingHost,
  deployments: readonly FakeDeployment[],
  booted: number,
): RecordingHost {
  let order = [...deployments];
  const running = deployments[booted] as FakeDeployment;
  const lay = () => {
    for (const path of [...host.files.keys()])
      if (path.startsWith('/boot/loader/entries/')) host.files.delete(path);
    for (const [index, { stateroot, digit }] of order.entries()) {
      const link = `/ostree/boot.1/${stateroot}/${checksumOf(digit)}/0`;
      host.links.set(link, `../../../deploy/${stateroot}/deploy/${checksumOf(digit)}.0`);
      host.directories.add(`/ostree/deploy/${stateroot}/deploy/${checksumOf(digit)}.0`);
      host.file(
        `/boot/loader/entries/ostree-${order.length - index}.conf`,
        [
          `title Test ${stateroot}`,
          `version ${order.length - index}`,
          `options root=LABEL=root console=ttyS0 ostree=${link}`,
          `linux /ostree/${stateroot}/vmlinuz`,
          `initrd /ostree/${stateroot}/initramfs.img`,
          '',
        ].join('\n'),
      );
    }
  };
  lay();
  const staged = () => (host.files.has(STAGED) ? 1 : 0);
  // every path of a recording host has the same inode: the command line decides which deployment is booted
  host.file('/proc/cmdline', `ostree=/ostree/boot.1/${running.stateroot}/${checksumOf(running.digit)}/0\n`);
  host.file('/proc/sys/kernel/random/boot_id', `boot-of-${running.stateroot}\n`);
  host.on(/^ostree admin set-default \d+$/, (argv) => {
    const index = Number(argv.at(-1)) - staged();
    order = [order[index] as FakeDeployment, ...order.filter((_, at) => at !== index)];
    lay();
    return '';
  });
  host.on(/^ostree admin undeploy \d+$/, (argv) => {
    const index = Number(argv.at(-1)) - staged();
    if (index < 0) host.files.delete(STAGED);
    order = order.filter((_, at) => at !== index);
    lay();
    return '';
  });
  return host;
}

/** GRUB with boot loader entries, as `staticGrub` looks for it; grub-editenv works on the fake files. */
export function withStaticGrub(host: RecordingHost): RecordingHost {
  host.file('/boot/grub2/grub.cfg', 'source $prefix/user.cfg\nblscfg\n');
  host.file('/boot/grub2/grubenv', '# GRUB Environment Block\n');
  host.file('/usr/bin/grub-editenv', '');
  host.on(/^findmnt .*--target \/boot$/, '/dev/vda3 ext4\n');
  host.on(/^grub-editenv \S+ set /, (argv) => {
    const [name = ''] = (argv[3] ?? '').split('=');
    host.file('/boot/grub2/grubenv', `${withoutVariable(host, name)}${argv[3]}\n`);
    return '';
  });
  host.on(/^grub-editenv \S+ unset /, (argv) => {
    host.file('/boot/grub2/grubenv', withoutVariable(host, argv[3] ?? ''));
    return '';
  });
  return host;
}

function withoutVariable(host: RecordingHost, name: string): string {
  const lines = (host.files.get('/boot/grub2/grubenv') ?? '').split('\n').filter((line) => line !== '');
  return lines
    .filter((line) => !line.startsWith(`${name}=`))
    .map((line) => `${line}\n`)
    .join('');
}
