import { inspectSeed } from '../../../../core/seedimage/inspect-seed.ts';
import { pullSeed } from '../../../../core/seedimage/pull-seed.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { authFileFor } from '../../credentials.ts';
import type { StageContext } from '../../stage-context.ts';
import { isMarked, mark, WORKSPACE } from '../../workspace.ts';
import { preparedSeed } from '../prepared-seed.ts';
import { mebibytes } from '../space.ts';

const REPORT_EVERY_MS = 5_000;

/** Fetches the seed's blobs; those that an interrupted run has left whole are not fetched again. */
export const pullSeedStep: Step<StageContext> = {
  name: 'pull-seed',
  summary: 'Pull the seed image',

  async check({ host }) {
    const { digest } = await preparedSeed(host);
    const done = await isMarked(host, 'pull-seed', digest);
    return { done, because: `the seed image is ${done ? '' : 'not yet '}on this node` };
  },

  async apply({ host, request, report, signal }) {
    const { digest, pinned } = await preparedSeed(host);
    const authfile = await authFileFor(host, request);
    const access = authfile === undefined ? {} : { authfile };
    const description = await inspectSeed(host, pinned, access);
    let reported = 0;
    await pullSeed(host, description, WORKSPACE.layout, {
      ...access,
      signal,
      onProgress(done, total) {
        const now = host.now().getTime();
        if (now - reported < REPORT_EVERY_MS) return;
        reported = now;
        report(`pulled ${mebibytes(done)} of ${mebibytes(total)}`).catch(() => undefined);
      },
    });
    await mark(host, 'pull-seed', digest);
  },
};
