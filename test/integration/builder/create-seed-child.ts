/** A process that makes a seed, for a test to kill: `node create-seed-child.ts ROOT LAYOUT`. */
import { createSeed } from '../../../builder/create-seed.ts';
import type { NodeLayout } from '../../../builder/node-layout.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { seedRequest } from '../../support/seed-node.ts';

const [root, layout] = process.argv.slice(2) as [string, string];
await createSeed(new RealHost().within(root), seedRequest({ outputDirectory: '/out/image' }), {
  node: JSON.parse(layout) as NodeLayout,
});
