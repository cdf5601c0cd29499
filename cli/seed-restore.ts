import type { Command } from 'commander';
import { restoreSeedNode } from '../builder/restore-seed-node.ts';
import { SEED_CREATE_DIRECTORY } from '../core/contract/paths.ts';
import { command } from './command.ts';
import { print } from './output.ts';
import { seedHost } from './seed-host.ts';

/** `lca seed restore` */
export function seedRestoreCommand(): Command {
  return command('restore', {
    description: `\
Makes good what a killed "lca seed create" has left: puts the cluster's database and crypto back as they were, starts \
what was stopped, and removes working files. lca seed create does this itself whenever it ends, and before it begins; \
after a power cut the agent does it for a seed that a SeedGenerator asked for. Where nothing is left to do, nothing is \
done. While a seed is being made it is refused.`,
    files: [
      [`${SEED_CREATE_DIRECTORY}/`, 'What was stopped, and the originals. Gone when the command ends.'],
    ],
    seeAlso: ['lca seed create'],
  }).action(async () => {
    const { host } = await seedHost();
    await restoreSeedNode(host, process.pid);
    print('Nothing of a build is left on this node.');
  });
}
