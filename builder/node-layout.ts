import type { Host } from '../core/host/host.ts';
import { readSysroot, staterootPath } from '../core/sysroot/sysroot.ts';

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

/** The layout of a sysroot in a directory that nothing is booted from: for tests and measurements. */
export function sysrootLayout(
  sysroot: string,
  deployment: { readonly stateroot: string; readonly checksum: string; readonly serial: number },
  kernelArguments: readonly string[],
): NodeLayout {
  const stateroot = sysroot + staterootPath(deployment.stateroot);
  const path = `${stateroot}/deploy/${deployment.checksum}.${deployment.serial}`;
  return {
    sysroot,
    stateroot: deployment.stateroot,
    commit: deployment.checksum,
    deployment: path,
    etcParent: path,
    varParent: stateroot,
    kernelArguments,
  };
}
