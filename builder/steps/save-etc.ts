import { planTreeLayers } from '../../core/seedimage/tree.ts';
import type { Step } from '../../core/sequence/step.ts';
import { findEtcChanges } from '../etc-changes.ts';
import { select } from '../exclusions.ts';
import type { SeedContext } from '../seed-context.ts';
import { exclusionsOf, saveTree } from './save-tree.ts';

/** Saves what of /etc differs from the commit's defaults, and the list of what was removed from them. */
export const saveEtc: Step<SeedContext> = {
  name: 'save-etc',
  summary: 'Save the changes of /etc',

  async check({ findings: { etc } }) {
    return {
      done: etc !== undefined,
      because:
        etc === undefined
          ? '/etc has not been saved yet'
          : `/etc is saved, with ${etc.deletions.length} deletions`,
    };
  },

  async apply(context) {
    const { host, node, findings } = context;
    const excluded = exclusionsOf(context);
    const saved = await saveTree(context, '/etc', async () => {
      const changes = await findEtcChanges(host, node.deployment);
      const { kept, leftOut } = select(changes.kept, excluded);
      const deletions = changes.deletions.filter((path) => excluded(`/etc/${path}`, 'file') === undefined);
      return { plans: planTreeLayers('etc', host.machinePath(node.etcParent), kept), leftOut, deletions };
    });
    findings.etc = { ...saved, deletions: saved.found.deletions };
  },
};
