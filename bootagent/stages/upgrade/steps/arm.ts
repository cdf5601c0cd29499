import type { Step } from '../../../../core/sequence/step.ts';
import { readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { setDefault } from '../../../../core/tools/ostree-admin.ts';
import { nodeBootloader } from '../../../pivot/bootloader/index.ts';
import { takeBackOrder } from '../../../pivot/take-back-order.ts';
import { newDeployment } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

/**
 * Tells the boot loader to boot the new deployment once. Last of all: entry numbers shift when deployments change, and
 * from here on any reboot is the attempt. Where the boot loader knows no one-shot boot, the new deployment becomes the
 * default, as upstream does it, and only the software in it can bring the old one back; Prep has warned of that.
 */
export const arm: Step<StageContext> = {
  name: 'arm',
  summary: 'Arm a one-time boot of the new stateroot',

  async check({ host }) {
    const { bootloader, probe } = await nodeBootloader(host);
    if (bootloader === undefined || !probe.possible) {
      const done = (await newDeployment(host)).index === 0;
      return {
        done,
        because: done ? 'the new deployment is the default' : 'the new deployment is not the default',
      };
    }
    const done = await bootloader.isArmed(host);
    return {
      done,
      because: `${bootloader.name} is ${done ? '' : 'not yet '}told to boot the new stateroot once`,
    };
  },

  async apply({ host }) {
    const next = await newDeployment(host);
    const { bootloader, probe } = await nodeBootloader(host);
    if (bootloader === undefined || !probe.possible) await setDefault(host, next.index);
    else await bootloader.arm(host, next);
  },

  async undo({ host }) {
    await takeBackOrder(host);
    // without one-shot boot the new deployment is the default, also if the command that made it so has failed
    if ((await newDeployment(host)).index !== 0) return;
    await setDefault(host, (await readSysroot(host)).booted.index);
  },
};
