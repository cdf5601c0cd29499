import { planCommitLayers } from '../../core/seedimage/ostree-layers.ts';
import { startSeed, writeLayers } from '../../core/seedimage/write-seed.ts';
import type { Step } from '../../core/sequence/step.ts';
import type { SeedContext } from '../seed-context.ts';

/** Saves the objects of the booted commit. They never change, so the node still does its work meanwhile. */
export const saveSystem: Step<SeedContext> = {
  name: 'save-system',
  summary: 'Save the booted commit',

  async check({ findings: { system } }) {
    return {
      done: system !== undefined,
      because:
        system === undefined ? 'the commit has not been saved yet' : `it is saved in ${system.length} layers`,
    };
  },

  async apply({ host, node, layout, findings, onBytes, signal }) {
    findings.isWriting = true;
    await startSeed(host, layout);
    const plans = await planCommitLayers(
      host,
      node,
      findings.previous?.filter(({ part }) => part === 'ostree'),
    );
    findings.system = await writeLayers(host, plans, { layout, onBytes, signal });
  },
};
