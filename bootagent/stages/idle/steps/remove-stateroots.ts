import type { Step } from '../../../../core/sequence/step.ts';
import {
  deploymentsOf,
  readSysroot,
  staterootNames,
  staterootPath,
} from '../../../../core/sysroot/sysroot.ts';
import { cleanUp, unpin } from '../../../../core/tools/ostree-admin.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

/** Removes the stateroots that are given up, with their /var, and what only they used in the repository. */
export const removeStateroots: Step<CleanUpContext> = {
  name: 'remove-stateroots',
  summary: 'Remove the stateroots that are given up',

  async check(context) {
    const surplus = await surplusStateroots(context);
    const done = surplus.length === 0;
    return {
      done,
      because: done ? 'only the running stateroot is left' : `to remove: ${surplus.join(', ')}`,
    };
  },

  async apply(context) {
    const { host } = context;
    for (const name of await surplusStateroots(context)) {
      await context.report(`removing stateroot ${name}`);
      await host.remove(staterootPath(name));
      await host.remove(`/ostree/repo/refs/heads/lca/${name}`);
    }
    const { booted } = await readSysroot(host);
    await unpin(host, booted.index).catch(() => undefined); // it may not be pinned
    await cleanUp(host);
  },
};

/** Known to this upgrade, not booted, and without deployments (those go first). */
async function surplusStateroots({ host, stateroots }: CleanUpContext): Promise<readonly string[]> {
  const sysroot = await readSysroot(host);
  return (await staterootNames(host)).filter(
    (name) =>
      stateroots.includes(name) &&
      name !== sysroot.booted.stateroot &&
      deploymentsOf(sysroot, name).length === 0,
  );
}
