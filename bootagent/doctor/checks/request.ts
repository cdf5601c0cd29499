import { REQUEST_PATH } from '../../../core/contract/paths.ts';
import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** The request can be read. */
export const request: DoctorCheck = {
  name: 'request',
  async look(context) {
    const asked = await context.request();
    if (asked?.seedImageRef !== null && asked?.seedImageRef !== undefined)
      return fine(`${REQUEST_PATH} asks for ${asked.seedImageRef.image}`);
    return warning(
      asked === null ? `${REQUEST_PATH} does not exist` : `${REQUEST_PATH} names no seed`,
      `Name a seed in ${REQUEST_PATH} (spec.stage: Idle, spec.seedImageRef) so that it can be looked at before Prep.`,
    );
  },
};
