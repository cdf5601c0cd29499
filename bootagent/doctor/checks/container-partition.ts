import { inspectContainersPartition } from '../../../core/containers-partition/inspect.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Container storage is on a partition of its own that both stateroots mount. */
export const containerPartition: DoctorCheck = {
  name: 'container-partition',
  async look({ host }) {
    const state = await inspectContainersPartition(host);
    if (state.kind === 'not-shared') return blocker(state.because, state.explanation);
    const [doubt] = state.doubts;
    if (doubt === undefined) return fine(`/var/lib/containers is mounted from ${state.what}`);
    return warning(doubt, 'Correct var-lib-containers.mount; "lca butane --help" shows how it should be.');
  },
};
