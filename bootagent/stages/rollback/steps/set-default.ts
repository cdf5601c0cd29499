import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { type Deployment, deploymentsOf, readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { hasStagedDeployment, setDefault } from '../../../../core/tools/ostree-admin.ts';
import { checkBootFiles } from '../../../pivot/boot-files.ts';
import { PivotError } from '../../../pivot/pivot-error.ts';
import type { RollbackContext } from '../rollback-context.ts';

/** Makes the old stateroot's deployment the default, after a look at its kernel and initramfs. */
export const setOldDefault: Step<RollbackContext> = {
  name: 'set-default',
  summary: 'Make the old stateroot the default',

  async check({ host, original }) {
    const isDefault = (await oldDeployment(host, original)).index === 0;
    const isStaged = await hasStagedDeployment(host);
    const because = `${original} is ${isDefault ? '' : 'not '}the default${isStaged ? ', but an update is staged' : ''}`;
    return { done: isDefault && !isStaged, because };
  },

  async apply({ host, original }) {
    const old = await oldDeployment(host, original);
    await checkBootFiles(host, old);
    await setDefault(host, old.index);
  },
};

async function oldDeployment(host: Host, original: string): Promise<Deployment> {
  const [first] = deploymentsOf(await readSysroot(host), original);
  if (first !== undefined) return first;
  throw new PivotError('no-way-back', `The stateroot ${original} has no deployment to go back to.`, {
    remedy: 'The node stays on the present system; nothing was changed.',
  });
}
