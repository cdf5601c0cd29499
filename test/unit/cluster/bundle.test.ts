import test from 'ava';
import { bundleFile, GENERATED } from '../../../images/bundle/build.ts';

test('The definitions of the bundle are those that the agent installs (node images/bundle/build.ts)', async (t) => {
  for (const [path, text] of Object.entries(GENERATED)) t.is(await bundleFile(path), text, path);
});
