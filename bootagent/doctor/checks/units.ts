import { showUnit } from '../../../core/tools/systemctl.ts';
import { blocker, type DoctorCheck, fine } from '../doctor-check.ts';

const UNITS = ['lca-agent.service', 'lca-boot.service', 'lca-watchdog.service'] as const;

/** Without its units lca carries out nothing, and without those of the old system nobody would tell of a failure. */
export const units: DoctorCheck = {
  name: 'units',
  async look({ host }) {
    for (const unit of UNITS) {
      const { UnitFileState: state } = await showUnit(host, unit, ['UnitFileState']);
      if (state !== 'enabled') {
        return blocker(
          `${unit} is ${state === undefined || state === '' ? 'not installed' : state}`,
          'Run: lca install && systemctl daemon-reload && systemctl start lca-agent.service',
        );
      }
    }
    const { ActiveState: agent } = await showUnit(host, 'lca-agent.service', ['ActiveState']);
    if (agent === 'active') return fine('the agent runs, and its units are enabled');
    return blocker(
      `lca-agent.service is ${agent ?? 'unknown'}`,
      'Run: systemctl restart lca-agent.service\nIf it ends again, it says why: journalctl -u lca-agent',
    );
  },
};
