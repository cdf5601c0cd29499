import type { Host } from '../../../core/host/host.ts';
import type { Bootloader, Probe } from './bootloader.ts';
import { extlinux } from './extlinux.ts';
import { staticGrub } from './static-grub.ts';

export type { Bootloader, Probe } from './bootloader.ts';

/**
 * Boot loaders lca knows, asked in this order. A further one (systemd-boot with LoaderEntryOneShot, GRUB with
 * next_entry) is one more object here; nothing else changes.
 */
const KNOWN: readonly Bootloader[] = [staticGrub, extlinux];

/** The boot loader of this node, and whether it can fall back before the operating system runs. */
export interface NodeBootloader {
  readonly bootloader: Bootloader | undefined;
  readonly probe: Probe;
}

/** The node's boot loader, if lca knows it. */
export async function knownBootloader(host: Host): Promise<Bootloader | undefined> {
  for (const bootloader of KNOWN) if (await bootloader.detect(host)) return bootloader;
  return undefined;
}

/** Finds the node's boot loader and says honestly what it can do. */
export async function nodeBootloader(host: Host): Promise<NodeBootloader> {
  const bootloader = await knownBootloader(host);
  if (bootloader !== undefined) return { bootloader, probe: await bootloader.probe(host) };
  const names = KNOWN.map(({ name }) => name).join(', ');
  return {
    bootloader: undefined,
    probe: { possible: false, because: `its boot loader is none of: ${names}` },
  };
}
