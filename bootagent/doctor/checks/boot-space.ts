import type { Host } from '../../../core/host/host.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { mebibytes } from '../../stages/prep/space.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** The new system's initramfs may be larger than this one's. */
const MARGIN = 1.25;

/** /boot takes another kernel and initramfs. */
export const bootSpace: DoctorCheck = {
  name: 'boot-space',
  async look({ host }) {
    const { entry } = (await readSysroot(host)).booted;
    const sizes = await Promise.all([entry.linux, entry.initrd].map((path) => sizeOf(host, path)));
    if (sizes.every((size) => size === 0)) {
      return warning(
        `the running kernel (${entry.linux}) is not found, so it cannot be told whether /boot takes another one`,
        'See with "df /boot" that it takes as much again as the running kernel and initramfs.',
      );
    }
    const needed = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) * MARGIN);
    const { availableBytes } = await host.usage('/boot');
    if (availableBytes >= needed) return fine(`${mebibytes(availableBytes)} are free on /boot`);
    return blocker(
      `${mebibytes(needed)} are needed on /boot for another kernel and initramfs, ${mebibytes(availableBytes)} are free`,
      'Remove deployments that are no longer needed: ostree admin status, ostree admin undeploy INDEX.',
    );
  },
};

/** Paths in boot loader entries start at the boot filesystem, which may itself be the root of what is below /boot. */
async function sizeOf(host: Host, path: string | undefined): Promise<number> {
  if (path === undefined) return 0;
  const stat = (await host.stat(`/boot${path}`)) ?? (await host.stat(path));
  return stat?.size ?? 0;
}
