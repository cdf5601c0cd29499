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

async function remount(host: Host, path: string, mode: 'rw' | 'ro'): Promise<void> {
  await host.run(['mount', '-o', `remount,${mode},bind`, path], {
    description: `make ${path} ${mode === 'rw' ? 'writable' : 'read-only again'}`,
    timeoutMs: MINUTE,
  });
}
