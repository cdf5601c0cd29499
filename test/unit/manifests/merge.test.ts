import test from 'ava';
import fc from 'fast-check';
import { isEqual, mergeInto } from '../../../bootagent/manifests/merge.ts';

const CASES: readonly (readonly [what: string, live: unknown, manifest: unknown, merged: unknown])[] = [
  [
    'what the manifest says holds, the rest stays',
    { a: 1, b: { c: 2, d: 3 } },
    { b: { c: 9 } },
    { a: 1, b: { c: 9, d: 3 } },
  ],
  [
    'null leaves a map and empties anything else',
    { a: { x: 1 }, b: 2 },
    { a: null, b: null },
    { a: { x: 1 }, b: null },
  ],
  ['another type is the manifest’s', { a: { x: 1 } }, { a: 'text' }, { a: 'text' }],
  [
    'list items of one name are merged, others stay behind',
    [{ name: 'a', v: 1, w: 1 }, { name: 'b' }],
    [{ name: 'c' }, { name: 'a', v: 2 }],
    [{ name: 'c' }, { name: 'a', v: 2, w: 1 }, { name: 'b' }],
  ],
  [
    'an item that adds nothing stands for the live one',
    [{ p: 1, q: 2 }, 'x'],
    [{ p: 1 }],
    [{ p: 1, q: 2 }, 'x'],
  ],
  ['equal items are not lost', ['x', 'x', 'y'], ['x'], ['x', 'x', 'y']],
  ['an empty list keeps what is there', ['x'], [], ['x']],
  ['a list against none is the manifest’s', [], ['x'], ['x']],
  [
    'quantities are compared by value',
    [{ cpu: '1000m', note: 'n' }],
    [{ cpu: '1' }],
    [{ cpu: '1', note: 'n' }],
  ],
];

for (const [what, live, manifest, merged] of CASES)
  test(`merging: ${what}`, (t) => t.deepEqual(mergeInto(live, manifest), merged));

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

test('merging an object into itself changes nothing', (t) => {
  fc.assert(fc.property(value, (one) => isEqual(mergeInto(one, one), one)));
  t.pass();
});

test('merging twice is merging once: what must be there is there then', (t) => {
  const scalars = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.integer(), fc.string()));
  const fields = fc.dictionary(fc.constantFrom('x', 'y'), scalars);
  fc.assert(
    fc.property(fields, fields, (live, manifest) => {
      const once = mergeInto(live, manifest);
      return isEqual(mergeInto(once, manifest), once);
    }),
  );
  t.pass();
});
