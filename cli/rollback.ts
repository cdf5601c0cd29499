import type { Command } from 'commander';
import { stageCommand } from './stage-command.ts';

/** `lca rollback` */
export function rollbackCommand(): Command {
  return stageCommand('rollback', 'Rollback', {
    description: `\
Returns to the system from before the upgrade, with its data as it was then: makes the old stateroot the default and \
reboots into it. Possible until "lca idle" has removed it.`,
    examples: [['lca rollback', 'Goes back.']],
  });
}
