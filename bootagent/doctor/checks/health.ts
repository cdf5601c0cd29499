import { nodeHealthChecks } from '../../health/node-checks.ts';
import { runHealthChecks } from '../../health/run-health-checks.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** The node is well: Upgrade would wait for that, and a sick node would be blamed on the new system. */
export const health: DoctorCheck = {
  name: 'health',
  async look({ host }) {
    const { results } = await runHealthChecks(await nodeHealthChecks(host));
    const unwell = results.filter(({ well }) => !well);
    const text = unwell.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
    if (unwell.some(({ weight }) => weight === 'required'))
      return blocker(text, 'Make the node well; Upgrade waits for that and then fails.');
    if (unwell.length > 0) return warning(text, 'These checks are wanted, not required: an upgrade goes on.');
    return fine(`${results.length} health checks say the node is well`);
  },
};
