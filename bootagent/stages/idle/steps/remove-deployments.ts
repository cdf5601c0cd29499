import type { Step } from '../../../../core/sequence/step.ts';
import { type Deployment, readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { setDefault, undeploy, unpin } from '../../../../core/tools/ostree-admin.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

/** Removes the deployments of the stateroots that are given up. The running one is made the default first. */
export const removeDeployments: Step<CleanUpContext> = {
  name: 'remove-deployments',
  summary: 'Remove the deployments that are given up',

  async check(context) {
    const surplus = await surplusDeployments(context);
    if (surplus.length === 0) return { done: true, because: 'only the running stateroot has deployments' };
    const names = surplus.map(
      ({ stateroot, serial, checksum }) => `${stateroot} ${checksum.slice(0, 12)}.${serial}`,
    );
    return { done: false, because: `there are deployments to remove: ${names.join(', ')}` };
  },

  async apply(context) {
    const { host } = context;
    const { booted } = await readSysroot(host);
    if (booted.index !== 0) await setDefault(host, booted.index);
    // one at a time, highest index first, looking again each time: indexes shift
    for (;;) {
      const last = (await surplusDeployments(context)).at(-1);
      if (last === undefined) return;
      await context.report(
        `removing deployment ${last.checksum.slice(0, 12)}.${last.serial} of ${last.stateroot}`,
      );
      await unpin(host, last.index).catch(() => undefined); // it may not be pinned
      await undeploy(host, last.index);
    }
  },
};

async function surplusDeployments({ host, stateroots }: CleanUpContext): Promise<readonly Deployment[]> {
  const { deployments, booted } = await readSysroot(host);
  return deployments.filter(
    ({ stateroot }) => stateroot !== booted.stateroot && stateroots.includes(stateroot),
  );
}
