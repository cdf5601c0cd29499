import test from 'ava';
import { nodeWithLca } from '../support/story/nodes.ts';
import { forwardsTo } from '../support/story/seed-image.ts';
import { seedRegistry, wholeStory } from '../support/story/whole-story.ts';

test('A target with extlinux becomes what the seed is, stays itself, and goes back when asked', async (t) => {
  const registry = await seedRegistry(t);
  await using target = await nodeWithLca({
    disk: 'target',
    bootloader: 'extlinux',
    forwards: forwardsTo(registry),
    log: t.title,
  });
  await wholeStory(t, target, registry);
});
