import test from 'ava';
import { rootsOf } from '../../../../recert/scan/roots.ts';

test('Each root is found once, also between keys that begin alike and beside keys without one', async (t) => {
  const texts = ['/a', '/a-b/x', '/a.b/x', '/a/x/1', '/a/x/2', '/a0/x', '/b/y', 'compact_rev_key', 'x/y/z'];
  const keys = [...texts.map((text) => Buffer.from(text)), Buffer.from([0xfe]), Buffer.from([0xff])];
  let asked = 0;
  const client = {
    keyFrom: async (from: Uint8Array) => {
      asked += 1;
      return keys.find((key) => Buffer.compare(key, from) >= 0);
    },
  };
  t.deepEqual(await rootsOf(client), ['a', 'a-b', 'a.b', 'a0', 'b', '', 'y']);
  t.is(asked, 11);
});
