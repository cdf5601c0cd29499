import { LCA_DIRECTORY, SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { WORKSPACE } from '../../workspace.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

const LEFTOVERS = [WORKSPACE.directory, SITE_DIRECTORY, `${LCA_DIRECTORY}/handed-over-for`] as const;

/** Removes working files: the seed's blobs, and the exported identity with its keys. Last, since other steps look there. */
export const removeWorkspace: Step<CleanUpContext> = {
  name: 'remove-workspace',
  summary: 'Remove working files',

  async check({ host }) {
    for (const path of LEFTOVERS) {
      if ((await host.stat(path)) !== undefined) return { done: false, because: `${path} exists` };
    }
    return { done: true, because: 'there are no working files' };
  },

  async apply({ host }) {
    for (const path of LEFTOVERS) await host.remove(path);
  },
};
