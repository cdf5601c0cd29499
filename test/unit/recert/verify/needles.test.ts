import { randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { Needles } from '../../../../recert/verify/needles.ts';

const BYTES = fc.uint8Array({ maxLength: 200 });

test('A needle is found wherever it lies: raw, and in base64 of whatever stands around it', (t) => {
  fc.assert(
    fc.property(BYTES, BYTES, (before, after) => {
      const needle = randomBytes(16);
      const needles = new Needles();
      needles.add('key', needle);
      const raw = Buffer.concat([before, needle, after]);
      return needles.find(raw).has('key') && needles.find(Buffer.from(raw.toString('base64'))).has('key');
    }),
  );
  t.pass();
});

test('Nothing is found where nothing is', (t) => {
  const needles = new Needles();
  for (let i = 0; i < 100; i += 1) needles.add(String(i), randomBytes(16));
  t.deepEqual(needles.find(randomBytes(1_000_000)), new Set());
  t.deepEqual(needles.find(new Uint8Array(3)), new Set());
});
