import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { checkSetDefault } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** The node boots from ostree, and its ostree can do what confirming an upgrade needs. */
export const ostreeSystem: DoctorCheck = {
  name: 'ostree-system',
  async look({ host }) {
    const { booted } = await readSysroot(host);
    await checkSetDefault(host);
    return fine(`stateroot ${booted.stateroot} is booted`);
  },
};
