import { listTree, planTreeLayers } from '../../core/seedimage/tree.ts';
import type { Step } from '../../core/sequence/step.ts';
import { select } from '../exclusions.ts';
import type { SeedContext } from '../seed-context.ts';
import { exclusionsOf, saveTree } from './save-tree.ts';

/** Saves /var, without what belongs to this machine. */
export const saveVar: Step<SeedContext> = {
  name: 'save-var',
  summary: 'Save /var',

  async check({ findings: { var: saved } }) {
    return {
      done: saved !== undefined,
      because:
        saved === undefined
          ? '/var has not been saved yet'
          : `/var is saved in ${saved.layers.length} layers`,
    };
  },

  async apply(context) {
    const { host, node, findings, signal } = context;
    const parent = host.machinePath(node.varParent);
    const previous = findings.previous?.filter(({ part }) => part === 'var');
    findings.var = await saveTree(context, '/var', async () => {
      const { kept, leftOut } = select(await listTree(host, parent, 'var', signal), exclusionsOf(context));
      return { plans: planTreeLayers('var', parent, kept, previous), leftOut };
    });
  },
};
