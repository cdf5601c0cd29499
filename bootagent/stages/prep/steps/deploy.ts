import type { Step } from '../../../../core/sequence/step.ts';
import { deploymentsOf, readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { deployNotAsDefault, pin } from '../../../../core/tools/ostree-admin.ts';
import type { StageContext } from '../../stage-context.ts';
import { newKernelArguments } from '../kernel-arguments.ts';
import { preparedSeed } from '../prepared-seed.ts';

/**
 * Deploys the seed's commit in the new stateroot, last in boot order: the running system stays the default until the
 * new one has proved itself. The running deployment is pinned, so that nothing cleans it away meanwhile.
 */
export const deploy: Step<StageContext> = {
  name: 'deploy',
  summary: "Deploy the seed's commit without making it the default",

  async check({ host }) {
    const { stateroot, commit } = await preparedSeed(host);
    const sysroot = await readSysroot(host);
    const found = deploymentsOf(sysroot, stateroot).find(({ checksum }) => checksum === commit);
    if (found === undefined)
      return { done: false, because: `${stateroot} has no deployment of the seed's commit` };
    return { done: true, because: `${stateroot} has deployment ${commit.slice(0, 12)}.${found.serial}` };
  },

  async apply({ host, request, report }) {
    const { stateroot, commit, kernelArguments } = await preparedSeed(host);
    const { booted } = await readSysroot(host);
    await pin(host, booted.index);
    await report(`deploying ${commit.slice(0, 12)} in ${stateroot}`);
    const version = request.seedImageRef?.version ?? stateroot;
    await deployNotAsDefault(host, {
      stateroot,
      checksum: commit,
      kernelArguments: newKernelArguments(kernelArguments, booted.entry.kernelArguments, version),
    });
  },
};
