import test from 'ava';
import fc from 'fast-check';
import { KubernetesError } from '../../../../core/tools/kubernetes/kubernetes-error.ts';
import { watchEvents } from '../../../../core/tools/kubernetes/watch.ts';

const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...new Set(cuts.map((at) => at % (bytes.length + 1)))].toSorted((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

test('Events are whole wherever the network cuts them', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      async (names, cuts) => {
        const lines = names.map((name) => `${JSON.stringify({ type: 'ADDED', object: named(name) })}\n`);
        const events = await Array.fromAsync(watchEvents(pieces(Buffer.from(lines.join('')), cuts), 'watch'));
        t.deepEqual(
          events.map(({ object }) => object.metadata.name),
          names,
        );
      },
    ),
  );
});

test('A resource version that is too old is told apart', async (t) => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  const error = await t.throwsAsync(Array.fromAsync(watchEvents(pieces(bytes, []), 'watch things')), {
    instanceOf: KubernetesError,
  });
  t.is(error.code, 'gone');
  t.regex(error.message, /refused to watch things: too old resource version/);
});

test('What is no watch at all is a bad answer', async (t) => {
  for (const text of [
    '<html>\n',
    '{"type":"ADDED","object":{"kind":"X"}}\n',
    '{"type":"BOOKMARK","object":{}}\n',
  ]) {
    await t.throwsAsync(Array.fromAsync(watchEvents(pieces(Buffer.from(text), []), 'watch')), {
      instanceOf: KubernetesError,
      code: 'bad-answer',
    });
  }
});
