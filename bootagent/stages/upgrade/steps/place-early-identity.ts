import type { Step } from '../../../../core/sequence/step.ts';
import { readNames } from '../../../site/names.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

/** The machine id and the host name are read by systemd before anything of lca runs, so they are put there now. */
export const placeEarlyIdentity: Step<StageContext> = {
  name: 'place-early-identity',
  summary: 'Give the new system its machine id and host name',

  async check({ host }) {
    const own = await readNames(host);
    const theirs = await readNames(host.within((await newSystem(host)).deploymentPath));
    const done = own.machineId === theirs.machineId && own.hostname === theirs.hostname;
    return { done, because: `the new system is ${done ? '' : 'not yet '}called ${own.hostname}` };
  },

  async apply({ host }) {
    const { hostname, machineId } = await readNames(host);
    const system = host.within((await newSystem(host)).deploymentPath);
    await system.writeAtomic('/etc/machine-id', `${machineId}\n`, { mode: 0o444 });
    await system.writeAtomic('/etc/hostname', `${hostname}\n`, { mode: 0o644 });
  },
};
