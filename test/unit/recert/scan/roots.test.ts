import test from 'ava';
import { rootsOf } from '../../../../recert/scan/roots.ts';

test('Each root is found once, also between keys that begin alike and beside keys without one', async (t) => {
  const keys = ['/a', '/a-b/x', '/a.b/x', '/a/x/1', '/a/x/2', '/a0/x', '/b/y', 'compact_rev_key', 'x/y/z'];
  let asked = 0;
  const client = {
    keyFrom: async (text: string) => {
      asked += 1;
      return keys.find((key) => key >= text);
    },
  };
  t.deepEqual(await rootsOf(client), ['a', 'a-b', 'a.b', 'a0', 'b', '', 'y']);
  t.true(asked <= keys.length);
});
