import { dirname } from 'node:path';
import type { Step } from '../../../../core/sequence/step.ts';
import { copyTree, realPath } from '../../../../core/tools/copy.ts';
import { type NewSystem, placeIn } from '../../../site/new-system.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { isMarked, mark } from '../../workspace.ts';

/** Copies the paths that the user has listed into the new system, with owners, labels and times. */
export const carryOver: Step<StageContext> = {
  name: 'carry-over',
  summary: 'Carry over the listed paths with their data',

  async check({ host, request }) {
    if (request.carryOver.length === 0)
      return { done: true, because: 'no paths are listed in spec.lca.carryOver' };
    const done = await isMarked(host, 'carry-over', request.specHash);
    return {
      done,
      because: `${request.carryOver.length} listed paths are ${done ? '' : 'not yet '}in the new system`,
    };
  },

  async apply({ host, request, report }) {
    const system = await newSystem(host);
    for (const [position, path] of request.carryOver.entries()) {
      await report(`carrying over ${path} (${position + 1} of ${request.carryOver.length})`);
      await carry(host, system, path);
    }
    await host.sync(system.staterootPath);
    await mark(host, 'carry-over', request.specHash);
  },
};

async function carry(host: StageContext['host'], system: NewSystem, path: string): Promise<void> {
  const from = await realPath(host, path);
  if (from === undefined) {
    throw new StageError('bad-reference', `${path}, listed in spec.lca.carryOver, does not exist.`, {
      remedy: 'Correct or remove the path in ibu.yaml (go to Idle first).',
    });
  }
  const to = placeIn(system, from);
  // the old system's tree takes the place of the seed's: merged, files that the site has deleted would be back
  await host.remove(to);
  await makeParents(host, system, dirname(from));
  await copyTree(host, from, to);
}

/** Missing parent directories get the owner and mode they have on the running system. */
async function makeParents(host: StageContext['host'], system: NewSystem, directory: string): Promise<void> {
  const place = placeIn(system, directory);
  if ((await host.stat(place)) !== undefined) return;
  await makeParents(host, system, dirname(directory));
  const stat = await host.stat(directory);
  await host.makeDirectory(place, stat?.mode ?? 0o755);
  if (stat !== undefined) await host.chown(place, stat.uid, stat.gid);
}
