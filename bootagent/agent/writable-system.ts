import { mountAt, mountsOf } from '../../core/containers-partition/mount-table.ts';
import type { Host } from '../../core/host/host.ts';

const MINUTE = 60_000;
const MOUNTS = ['/sysroot', '/boot'] as const;

/**
 * Lets work change the sysroot and the boot filesystem, which some systems mount read-only; afterwards they are as
 * they were.
 */
export async function withWritableSystem<T>(host: Host, work: () => Promise<T>): Promise<T> {
  const changed: string[] = [];
  const mounts = mountsOf((await host.readText('/proc/self/mountinfo')) ?? '');
  for (const path of MOUNTS) {
    if (mountAt(mounts, path)?.options.includes('ro')) {
      await remount(host, path, 'rw');
      changed.push(path);
    }
  }
  try {
    return await work();
  } finally {
    // busy with another writer, or on the way down: a mount that stays writable is no reason to fail
    for (const path of changed) await remount(host, path, 'ro').catch(() => undefined);
  }
}

/**
 * The filesystem itself may be read-only too, as a /boot is after a boot; going back, it is left writable, since /sysroot
 * shares its own with /var (mount(8), `remount` with and without `bind`).
 */
async function remount(host: Host, path: string, mode: 'rw' | 'ro'): Promise<void> {
  await host.run(['mount', '-o', mode === 'rw' ? 'remount,rw' : 'remount,ro,bind', path], {
    description: `make ${path} ${mode === 'rw' ? 'writable' : 'read-only again'}`,
    timeoutMs: MINUTE,
  });
}
