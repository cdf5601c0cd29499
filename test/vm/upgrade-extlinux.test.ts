import test from 'ava';
import { nodeWithLca } from '../support/story/nodes.ts';
import { nothingIsLeft, seedRegistry, wholeStory } from '../support/story/whole-story.ts';

test('A target with extlinux becomes what the seed is, stays itself, and goes back when asked', async (t) => {
  const forwards = await seedRegistry(t);
  await using target = await nodeWithLca({ disk: 'target', bootloader: 'extlinux', forwards, log: t.title });
  await wholeStory(t, target);
  await nothingIsLeft(t, target);
});
