import type { Status } from '../../../core/contract/status.ts';
import type { Host } from '../../../core/host/host.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { findPreparedSeed } from '../prep/prepared-seed.ts';

/** What the way to Idle gives up. */
export interface GivenUp {
  /** Stateroots that lca knows of and that are not booted. */
  readonly stateroots: readonly string[];
  /** Whether the images pulled for the new system go too: not if that is the system that runs. */
  readonly removeImages: boolean;
}

/** Works out what an abort, or a finalize, removes. */
export async function givenUp(host: Host, { lca: { stateroots } }: Status): Promise<GivenUp> {
  const { booted } = await readSysroot(host);
  const prepared = (await findPreparedSeed(host))?.stateroot;
  const known = [stateroots?.original, stateroots?.new, prepared].filter((name) => typeof name === 'string');
  return {
    stateroots: [...new Set(known)].filter((name) => name !== booted.stateroot),
    removeImages: booted.stateroot !== stateroots?.new,
  };
}
