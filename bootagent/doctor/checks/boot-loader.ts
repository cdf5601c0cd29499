import { nodeBootloader } from '../../pivot/bootloader/index.ts';
import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Whether the node comes back even from a system that cannot start at all. */
export const bootLoader: DoctorCheck = {
  name: 'boot-loader',
  async look({ host }) {
    const { bootloader, probe } = await nodeBootloader(host);
    if (probe.possible) return fine(`${bootloader?.name ?? 'it'} can boot a system once (${probe.how})`);
    return warning(
      `the node cannot fall back before the operating system runs, because ${probe.because}`,
      probe.remedy ??
        'It cannot be helped on this node as it is installed. A new system that does not start at all would need a person at the node: have one within reach, or a console.',
    );
  },
};
