import type { Step } from '../../../../core/sequence/step.ts';
import { backupEngine } from '../../../backup/engine.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/**
 * Reads every backup back from where it was stored, compares it with its checksums, and tells the new system what to
 * restore. The plan holds the digests, so nothing that has taken a backup's place since can be restored.
 */
export const handOverRestores: Step<StageContext> = {
  name: 'hand-over-restores',
  summary: 'Verify the backups and hand over what is to be restored',

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    return (await backupEngine(host, request)).isHandedOver({ host, request });
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.exportingConfiguration);
    await (await backupEngine(host, request)).handOver({ host, request, report, signal });
  },
};
