import { spaceNeeds } from '../../stages/prep/fit.ts';
import { checkSpace, mebibytes } from '../../stages/prep/space.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** Both filesystems take what Prep writes. */
export const space: DoctorCheck = {
  name: 'space',
  async look({ host, seed }) {
    const found = await seed();
    if (found === null) return fine('no seed is asked for');
    const needs = await spaceNeeds(host, found);
    await checkSpace(host, needs);
    return fine(
      `${mebibytes(needs.system)} for the system and ${mebibytes(needs.images)} for images are free`,
    );
  },
};
