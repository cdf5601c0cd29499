import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { hasStagedDeployment } from '../../../core/tools/ostree-admin.ts';
import { checkSetDefault, GIVE_UP_STAGED } from '../../stages/prep/fit.ts';
import { blocker, type DoctorCheck, fine } from '../doctor-check.ts';

/** The node boots from ostree, which can do what confirming an upgrade needs and has nothing else in hand. */
export const ostreeSystem: DoctorCheck = {
  name: 'ostree-system',
  async look({ host }) {
    const { booted } = await readSysroot(host);
    await checkSetDefault(host);
    if (await hasStagedDeployment(host)) {
      return blocker(
        'an update of the system is staged: on the way down to the reboot it would become what boots next',
        GIVE_UP_STAGED,
      );
    }
    return fine(`stateroot ${booted.stateroot} is booted`);
  },
};
