import type { Step } from '../../../../core/sequence/step.ts';
import { checkBootFiles, damagedBootFiles } from '../../../pivot/boot-files.ts';
import { newDeployment } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

/** A look at the kernel and initramfs on the boot filesystem, as late as possible. Repairs nothing. */
export const checkBootFilesStep: Step<StageContext> = {
  name: 'check-boot-files',
  summary: 'Compare the new kernel and initramfs with their commit',

  async check({ host }) {
    const damaged = await damagedBootFiles(host, await newDeployment(host));
    const [first] = damaged;
    if (first === undefined)
      return { done: true, because: 'kernel and initramfs in /boot are the ones of the commit' };
    return { done: false, because: `${first.path} ${first.problem}` };
  },

  async apply({ host }) {
    await checkBootFiles(host, await newDeployment(host));
  },
};
