import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { pullLocal, setRef } from '../../../../core/tools/ostree.ts';
import type { StageContext } from '../../stage-context.ts';
import { WORKSPACE } from '../../workspace.ts';
import { type PreparedSeed, preparedSeed } from '../prepared-seed.ts';

/** Copies the seed's commit into the node's repository, with every object's checksum computed again. */
export const importCommit: Step<StageContext> = {
  name: 'import-commit',
  summary: "Import the seed's commit into the node's ostree repository",

  async check({ host }) {
    const seed = await preparedSeed(host);
    const there = await isImported(host, seed);
    return {
      done: there,
      because: `commit ${seed.commit.slice(0, 12)} is ${there ? '' : 'not yet '}in the repository`,
    };
  },

  async apply({ host, report, signal }) {
    const seed = await preparedSeed(host);
    await report(`importing commit ${seed.commit.slice(0, 12)}`);
    await pullLocal(host, { from: WORKSPACE.repository, commit: seed.commit, signal });
    await setRef(host, refOf(seed), seed.commit);
    await host.remove(WORKSPACE.repository);
  },
};

/** The ref that keeps the commit from being pruned until it is deployed, and after. */
export function refOf(seed: Pick<PreparedSeed, 'stateroot'>): string {
  return `lca/${seed.stateroot}`;
}

/** The ref is set last, so it says that the whole commit is there. */
async function isImported(host: Host, seed: PreparedSeed): Promise<boolean> {
  const text = await host.readText(`/ostree/repo/refs/heads/${refOf(seed)}`);
  return text?.trim() === seed.commit;
}
