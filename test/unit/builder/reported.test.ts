import test from 'ava';
import { BuilderError } from '../../../builder/builder-error.ts';
import type { CreatedSeed } from '../../../builder/create-seed.ts';
import { reported } from '../../../builder/reported.ts';
import { readSeedResult } from '../../../core/contract/seed-result.ts';
import { SequenceError } from '../../../core/sequence/sequence-error.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const PATH = '/r.json';
const SEED = { digest: `sha256:${'0'.repeat(64)}` } as unknown as CreatedSeed;

test('A build is on record from its beginning to its end', async (t) => {
  const host = new RecordingHost();
  await reported(host, PATH, async () => {
    t.is((await readSeedResult(host, PATH))?.state, 'running');
    return SEED;
  });
  t.deepEqual(await readSeedResult(host, PATH), { state: 'completed', failure: null, digest: SEED.digest });
});

test('A failure is on record with its step, and with what could not be restored after it', async (t) => {
  const host = new RecordingHost();
  const cause = new BuilderError('no-space', 'Too little room.', { remedy: 'Make room.' });
  const step = new SequenceError('step-failed', 'seed create save-var failed.', {
    sequence: 'seed create',
    step: 'save-var',
    cause,
  });
  const failure = { step: 'save-var', code: 'no-space', message: 'Too little room.', remedy: 'Make room.' };
  await t.throwsAsync(
    reported(host, PATH, () => Promise.reject(step)),
    { is: step },
  );
  t.deepEqual((await readSeedResult(host, PATH))?.failure, failure);
  const both = new AggregateError([step, new Error('b')], 'Too little room. b');
  await t.throwsAsync(
    reported(host, PATH, () => Promise.reject(both)),
    { is: both },
  );
  t.deepEqual((await readSeedResult(host, PATH))?.failure, { ...failure, message: 'Too little room. b' });
});

test('Nobody asks: nothing is on record', async (t) => {
  const host = new RecordingHost();
  await reported(host, undefined, async () => SEED);
  t.is(host.files.size, 0);
});
