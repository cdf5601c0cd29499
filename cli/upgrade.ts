import type { Command } from 'commander';
import { stageCommand } from './stage-command.ts';

/** `lca upgrade` */
export function upgradeCommand(): Command {
  return stageCommand('upgrade', 'Upgrade', {
    description: `\
Reboots the node into the stateroot that lca prep has made. The old one stays the default until the new one has proved \
itself: whatever goes wrong, the node comes back by itself, with the reason on record.

The reboot ends this command like everything else; run "lca status" afterwards, or follow from elsewhere.`,
    examples: [
      ['lca upgrade', 'Upgrades, and shows what happens until the reboot.'],
      ['lca upgrade --no-wait', 'Only makes the request.'],
    ],
  });
}
