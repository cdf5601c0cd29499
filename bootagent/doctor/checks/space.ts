import { backupEngine } from '../../backup/engine.ts';
import { spaceNeeds } from '../../stages/prep/fit.ts';
import { checkSpace, mebibytes } from '../../stages/prep/space.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** Both filesystems take what Prep writes, and what Upgrade restores from backups. */
export const space: DoctorCheck = {
  name: 'space',
  async look({ host, request, seed }) {
    const found = await seed();
    if (found === null) return fine('no seed is asked for');
    const asked = await request();
    const backedUp =
      asked === null || asked.oadpContent.length === 0
        ? 0
        : await (await backupEngine(host, asked)).restoredBytes({ host, request: asked });
    const needs = await spaceNeeds(host, found, backedUp);
    await checkSpace(host, needs);
    return fine(
      `${mebibytes(needs.system)} for the system and ${mebibytes(needs.images)} for images are free`,
    );
  },
};
