import type { Command } from 'commander';
import { runAgent } from '../bootagent/agent/agent.ts';
import { StatusStore } from '../bootagent/agent/status-store.ts';
import { systemdSeedBuilder } from '../bootagent/seed-generator/seed-builder.ts';
import { command } from './command.ts';
import { interruption } from './interruption.ts';
import { nodeParts } from './node-parts.ts';
import { ownProgram } from './program-files.ts';

/** `lca agent` */
export function agentCommand(): Command {
  return command('agent', {
    description: `\
The service that does what /var/lib/lca/ibu.yaml asks for, and says in /var/lib/lca/status.yaml how it goes. It is \
started by lca-agent.service and needs no options.

It may be stopped at any time: what is under way goes on when it is started again.`,
    files: [
      ['/var/lib/lca/ibu.yaml', 'The request. Edited by you, or by lca prep, upgrade, rollback and idle.'],
      ['/var/lib/lca/status.yaml', 'Conditions, history and progress. Written by the agent only.'],
      [
        '/var/lib/lca/seedgenerator.yaml',
        'On a seed node: asks for its image; seedgenerator-status.yaml tells what came of it.',
      ],
      ['/var/lib/lca/events.jsonl', 'The black box; see lca events.'],
    ],
    seeAlso: ['lca status', 'lca why', 'systemctl status lca-agent.service'],
  }).action(async () => {
    const signal = interruption();
    const { host, log, blackBox, systemd } = await nodeParts('agent');
    const { store, problem } = await StatusStore.open(host, blackBox.origin.stateroot);
    if (problem !== undefined) {
      log.error(problem);
      await blackBox.record({ kind: 'failure', message: problem });
    }
    const builder = systemdSeedBuilder(host, ownProgram());
    await runAgent({ host, store, blackBox, log }, systemd, builder, signal);
  });
}
