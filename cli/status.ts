import type { Command } from 'commander';
import { explainStatus } from '../bootagent/stages/explain.ts';
import { gatherKnown } from '../bootagent/stages/known.ts';
import { REQUEST_PATH, STATUS_PATH } from '../core/contract/paths.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command, outputOption } from './command.ts';
import { type OutputFormat, printResult } from './output.ts';

/** `lca status` */
export function statusCommand(): Command {
  return command('status', {
    description: `\
Shows where the node stands: the stage asked for and how far it is, what may be asked next, and what failed last. With \
-o, the resource's status as a cluster would show it, with lca's own part under "lca".`,
    files: [
      [STATUS_PATH, 'What is shown; written by the agent.'],
      [REQUEST_PATH, 'What was asked for.'],
    ],
    examples: [
      ['lca status', 'For people.'],
      ['lca status -o json', 'For programs: conditions, history, validNextStages.'],
    ],
    seeAlso: ['lca why', 'lca events', 'lca plan'],
  })
    .addOption(outputOption())
    .action(async (options: { output?: OutputFormat }) => {
      const known = await gatherKnown(new RealHost());
      printResult(known.status, options.output, () => explainStatus(known));
    });
}
