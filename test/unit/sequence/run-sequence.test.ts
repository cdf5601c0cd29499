import test from 'ava';
import { Journal } from '../../../core/sequence/journal.ts';
import { planSequence, runSequence, type SequenceEvent } from '../../../core/sequence/run-sequence.ts';
import { SequenceError } from '../../../core/sequence/sequence-error.ts';
import type { Sequence, Step } from '../../../core/sequence/step.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const PATH = '/var/lib/lca/journal.json';

/** A world of effects: a step's effect is its name in the set. */
type World = Set<string>;

function effect(name: string, over: Partial<Step<World>> = {}): Step<World> {
  return {
    name,
    summary: `Do ${name}`,
    check: async (world) => ({
      done: world.has(name),
      because: `${name} is ${world.has(name) ? '' : 'not '}there`,
    }),
    apply: async (world) => void world.add(name),
    undo: async (world) => void world.delete(name),
    ...over,
  };
}

function runner(host: RecordingHost, afterWrite?: (line: string) => void) {
  const events: string[] = [];
  const journal = new Journal(host, PATH, afterWrite === undefined ? {} : { afterWrite });
  const observe = (event: SequenceEvent): void => void events.push(`${event.step} ${event.kind}`);
  return { events, journal, run: { journal, key: 'k', observe } };
}

test('steps run in order, and those whose effect is there are skipped', async (t) => {
  const { events, run } = runner(new RecordingHost());
  const sequence: Sequence<World> = { name: 's', steps: [effect('a'), effect('b'), effect('c')] };
  const world: World = new Set(['b']);
  await runSequence(sequence, world, run);
  t.deepEqual([...world].toSorted(), ['a', 'b', 'c']);
  t.deepEqual(events, ['a started', 'a done', 'b skipped', 'c started', 'c done']);
});

test('a failing step takes the applied ones back, last first, and names itself', async (t) => {
  const { events, run } = runner(new RecordingHost());
  const broken = effect('c', {
    apply: async () => {
      throw new Error('the disk is on fire');
    },
  });
  const world: World = new Set();
  const error = await t.throwsAsync(
    runSequence({ name: 's', steps: [effect('a'), effect('b'), broken] }, world, run),
    { instanceOf: SequenceError },
  );
  t.is(error?.step, 'c');
  t.is(error?.message, 'the disk is on fire');
  t.is(world.size, 0);
  t.deepEqual(events.slice(-4), ['c failed', 'c undone', 'b undone', 'a undone']);
});

test('a step that ran without effect is a failure, not a success', async (t) => {
  const { run } = runner(new RecordingHost());
  const idle = effect('a', { apply: async () => undefined });
  const error = await t.throwsAsync(runSequence({ name: 's', steps: [idle] }, new Set<string>(), run), {
    instanceOf: SequenceError,
  });
  t.is(error?.code, 'step-without-effect');
});

test('an abort stops between steps and takes nothing back', async (t) => {
  const { run } = runner(new RecordingHost());
  const stop = new AbortController();
  const world: World = new Set();
  const stopping = effect('a', {
    apply: async (here) => {
      here.add('a');
      stop.abort();
    },
  });
  const error = await t.throwsAsync(
    runSequence({ name: 's', steps: [stopping, effect('b')] }, world, { ...run, signal: stop.signal }),
    { instanceOf: SequenceError },
  );
  t.is(error?.code, 'interrupted');
  t.deepEqual([...world], ['a']);
});

test('a plan asks every check and changes nothing', async (t) => {
  const world: World = new Set(['a']);
  const planned = await planSequence({ name: 's', steps: [effect('a'), effect('b')] }, world);
  t.deepEqual(
    planned.map(({ answer }) => answer?.done),
    [true, false],
  );
  t.deepEqual([...world], ['a']);
});

test('a journal that cannot be read is set aside, and the checks decide', async (t) => {
  const host = new RecordingHost().file(PATH, '{"version":1,"sequ');
  const { run } = runner(host);
  await runSequence({ name: 's', steps: [effect('a')] }, new Set<string>(), run);
  t.is(host.files.get(`${PATH}.corrupt`), '{"version":1,"sequ');
});

/** Thrown by the journal's hook: the process is gone at this very moment. */
class Killed extends Error {}

test('killed after any write of the journal and started again, a sequence comes to the same end', async (t) => {
  const steps = ['a', 'b', 'c', 'd'].map((name) => effect(name));
  const writes = async (killAt: number): Promise<{ world: World; count: number }> => {
    const host = new RecordingHost();
    const world: World = new Set();
    let count = 0;
    const kill = () => {
      count += 1;
      if (count === killAt) throw new Killed();
    };
    for (;;) {
      // a killed process takes nothing back
      const { run } = runner(host, kill);
      const ended = await runSequence({ name: 's', steps }, world, { ...run, undoOnFailure: false }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof SequenceError && error.cause instanceof Killed) return false;
          if (error instanceof Killed) return false;
          throw error;
        },
      );
      if (ended) return { world, count };
    }
  };
  const { world: undisturbed, count } = await writes(0);
  t.true(count > 8);
  for (let killAt = 1; killAt <= count; killAt += 1) {
    t.deepEqual((await writes(killAt)).world, undisturbed, `killed after write ${killAt}`);
  }
});
