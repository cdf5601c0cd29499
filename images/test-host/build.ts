import { type Bootloader, buildDisk } from './disk.ts';
import { buildReleases, RELEASES } from './releases.ts';
import { buildRootfs } from './rootfs.ts';

export type NodeKind = keyof typeof RELEASES;

/**
 * The base disk of a kind of node, from the cache or built: a few minutes with a cold cache. Never written to:
 * a VM runs on an overlay of it.
 *
 * @returns path of a raw disk image
 */
export async function testHostDisk(kind: NodeKind, bootloader: Bootloader): Promise<string> {
  const releases = await buildReleases(await buildRootfs());
  return buildDisk(releases, RELEASES[kind], bootloader);
}

if (import.meta.main) {
  for (const kind of ['target', 'seed'] as const) console.log(await testHostDisk(kind, 'grub'));
  console.log(await testHostDisk('target', 'extlinux'));
}
