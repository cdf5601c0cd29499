import type { Host } from '../core/host/host.ts';
import { readSysroot } from '../core/sysroot/sysroot.ts';

/** Where a node's system lies. */
export interface NodeLayout {
  readonly sysroot: string;
  readonly stateroot: string;
  /** The booted commit's checksum. */
  readonly commit: string;
  /** The booted deployment's directory: its `usr/etc` are the defaults of /etc. */
  readonly deployment: string;
  /** The directory that `etc` is in. */
  readonly etcParent: string;
  /** The directory that `var` is in. */
  readonly varParent: string;
  readonly kernelArguments: readonly string[];
}

/**
 * The layout of the running node: /var is saved from where it is mounted, so that one on a partition of its own is
 * found too.
 *
 * @throws SysrootError `not-booted-from-ostree`
 */
export async function bootedLayout(host: Host): Promise<NodeLayout> {
  const { booted } = await readSysroot(host);
  return {
    sysroot: '/',
    stateroot: booted.stateroot,
    commit: booted.checksum,
    deployment: booted.path,
    etcParent: booted.path,
    varParent: '/',
    kernelArguments: booted.entry.kernelArguments,
  };
}
