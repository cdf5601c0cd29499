import { dirname } from 'node:path';
import type { Step } from '../../../../core/sequence/step.ts';
import { copyTree } from '../../../../core/tools/copy.ts';
import { matchPaths } from '../../../site/match-paths.ts';
import { type NewSystem, placeIn } from '../../../site/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { newSystem } from '../new-system.ts';

const BINARY = '/var/usrlocal/bin/lca';
/** lca's units and what enables them, as `lca install` lays them down. */
const UNITS = [
  '/etc/systemd/system/lca-*.service',
  '/etc/systemd/system/*.wants/lca-*.service',
  '/etc/systemd/system/*.target.d/50-lca.conf',
] as const;
/** Makes journald keep this boot's journal on disk, where the old stateroot can read it after a failure. */
const JOURNAL = '/var/log/journal';

/**
 * The new stateroot has its boot agent from the seed. A seed that was made without one installed gets this node's:
 * a system that nothing watches over must never be booted.
 */
export const placeBootAgent: Step<StageContext> = {
  name: 'place-boot-agent',
  summary: 'Make sure that the new stateroot has its boot agent',

  async check({ host }) {
    const system = await newSystem(host);
    const missing = await missingFiles(host, system);
    const [first] = missing;
    if (first === undefined)
      return { done: true, because: 'the boot agent and its units are in the new stateroot' };
    return { done: false, because: `the new stateroot has no ${first}` };
  },

  async apply({ host }) {
    const system = await newSystem(host);
    for (const path of await missingFiles(host, system)) {
      const place = placeIn(system, path);
      await host.makeDirectory(dirname(place));
      if (path === JOURNAL) await host.makeDirectory(place);
      else await copyTree(host, path, place);
    }
    await host.sync(system.staterootPath);
  },
};

/** What this node has of lca and the new system has not. */
async function missingFiles(host: StageContext['host'], system: NewSystem): Promise<readonly string[]> {
  const own = [BINARY, JOURNAL];
  for (const pattern of UNITS) own.push(...(await matchPaths(host, pattern)));
  const missing: string[] = [];
  for (const path of own) {
    if ((await host.stat(placeIn(system, path))) === undefined) missing.push(path);
  }
  return missing;
}
