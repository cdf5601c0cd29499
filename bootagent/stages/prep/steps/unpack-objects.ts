import { openSeed } from '../../../../core/seedimage/seed.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import type { StageContext } from '../../stage-context.ts';
import { isMarked, mark, WORKSPACE } from '../../workspace.ts';
import { preparedSeed } from '../prepared-seed.ts';
import { importCommit } from './import-commit.ts';

/** Unpacks the seed's ostree objects into a repository of their own, from which the commit is imported. */
export const unpackObjects: Step<StageContext> = {
  name: 'unpack-objects',
  summary: "Unpack the seed's ostree objects",

  async check(context) {
    const { host } = context;
    const imported = await importCommit.check(context);
    if (imported.done) return imported;
    const { digest } = await preparedSeed(host);
    const done =
      (await isMarked(host, 'unpack-objects', digest)) &&
      (await host.stat(WORKSPACE.repository)) !== undefined;
    return { done, because: `the seed's objects are ${done ? '' : 'not yet '}unpacked` };
  },

  async apply({ host, report, signal }) {
    const { digest } = await preparedSeed(host);
    await host.remove(WORKSPACE.repository);
    const seed = await openSeed(host, WORKSPACE.layout);
    await report(`unpacking ${seed.description.layers.length} layers`);
    await seed.unpack('ostree', WORKSPACE.repository, { signal });
    await mark(host, 'unpack-objects', digest);
  },
};
