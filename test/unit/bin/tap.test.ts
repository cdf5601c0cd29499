import test from 'ava';
import fc from 'fast-check';
import { TapReader } from '../../../bin/tap.js';

function read(...pieces: readonly string[]) {
  const shown: string[] = [];
  const reader = new TapReader((line) => shown.push(line));
  for (const piece of pieces) reader.read(piece);
  reader.end();
  return { shown, tally: reader.tally, failed: reader.failed };
}

const OUTPUT = `TAP version 13
ok 1 - a › left out # SKIP
ok 2 - a › works
#   a log line
not ok 3 - a › fails
  ---
    name: AssertionError
  ...
not ok 4 - b exited with a non-zero exit code: 3

1..4
# tests 3
# pass 1
# skip 1
# fail 2
`;

test('results are counted, and everything a person wants to see is shown without the frame', (t) => {
  const { shown, tally, failed } = read(OUTPUT);
  t.deepEqual(tally, { passed: 1, failed: 2, skipped: 1 });
  t.deepEqual(failed, ['fails', 'b exited with a non-zero exit code: 3']);
  t.deepEqual(shown, [
    'ok a › left out # SKIP',
    'ok a › works',
    '#   a log line',
    'not ok a › fails',
    '  ---',
    '    name: AssertionError',
    '  ...',
    'not ok b exited with a non-zero exit code: 3',
  ]);
});

test('it does not matter how the output is cut into pieces', (t) => {
  const whole = read(OUTPUT);
  fc.assert(
    fc.property(fc.array(fc.nat(OUTPUT.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), OUTPUT.length];
      t.deepEqual(read(...at.slice(1).map((end, i) => OUTPUT.slice(at[i], end))), whole);
    }),
  );
});

test('output that ends without a line break counts whole', (t) => {
  t.deepEqual(read('ok 1 - a').tally, { passed: 1, failed: 0, skipped: 0 });
});
