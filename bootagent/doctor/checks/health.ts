import { nodeHealthChecks } from '../../health/node-checks.ts';
import { failuresText, runHealthChecks } from '../../health/run-health-checks.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** The node is well: Prep and Upgrade wait for that, and a sick node would be blamed on the new system. */
export const health: DoctorCheck = {
  name: 'health',
  async look({ host }) {
    const report = await runHealthChecks(await nodeHealthChecks(host));
    if (!report.healthy)
      return blocker(
        failuresText(report),
        'Make the node well; Prep waits for that, and Upgrade then fails.',
      );
    const unwell = report.results.filter(({ well }) => !well);
    if (unwell.length > 0) {
      return warning(
        unwell.map(({ name, detail }) => `${name}: ${detail}`).join('; '),
        'These checks are wanted, not required: an upgrade goes on.',
      );
    }
    return fine(`${report.results.length} health checks say the node is well`);
  },
};
