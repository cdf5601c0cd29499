import type { Command } from 'commander';
import { retryCleanUp } from './retry-clean-up.ts';
import { stageCommand } from './stage-command.ts';

/** `lca idle` */
export function idleCommand(): Command {
  return stageCommand(
    'idle',
    'Idle',
    {
      description: `\
Ends an upgrade, and cleans up: after a completed upgrade or rollback it settles for the running system; before the \
reboot it calls the upgrade off. The stateroot that is not running is removed, and with it the way back. A clean-up \
that has failed begins again: remove the cause first.`,
      examples: [['lca idle', 'Finalizes or aborts, or tries to once more.']],
    },
    undefined,
    (_options, host) => retryCleanUp(host),
  );
}
