import { readPivot } from '../../../core/contract/pivot.ts';
import { readSysroot, staterootNames } from '../../../core/sysroot/sysroot.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Nothing of an earlier upgrade is in the way. */
export const attempt: DoctorCheck = {
  name: 'attempt',
  async look({ host }) {
    const { pivot } = await readPivot(host);
    if (pivot !== null) {
      return blocker(
        `an attempt to boot ${pivot.new.stateroot} is not settled (state ${pivot.state})`,
        'Let the agent settle it. Run: systemctl restart lca-agent.service\nThen see: lca status',
      );
    }
    const { booted } = await readSysroot(host);
    const others = (await staterootNames(host)).filter((name) => name !== booted.stateroot);
    if (others.length === 0) return fine('no other stateroot is on this node');
    return warning(
      `there are other stateroots, which take space: ${others.join(', ')}`,
      'If they are from an upgrade, run: lca idle\nOthers are yours to keep, or to remove with ostree admin undeploy.',
    );
  },
};
