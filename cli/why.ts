import type { Command } from 'commander';
import { explainFailure, lastFailure } from '../bootagent/stages/explain.ts';
import { gatherKnown } from '../bootagent/stages/known.ts';
import { EVENTS_PATH, STATUS_PATH } from '../core/contract/paths.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command, outputOption } from './command.ts';
import { type OutputFormat, printResult } from './output.ts';

/** `lca why` */
export function whyCommand(): Command {
  return command('why', {
    description: `\
Explains the last failure: the step, what shows it, and what can be done. Works in either stateroot: after a node has \
come back by itself, this is where it says why.`,
    files: [
      [STATUS_PATH, 'The last failure, until the next Prep.'],
      [EVENTS_PATH, 'What led to it.'],
    ],
    examples: [['lca why', 'Says what went wrong.']],
    seeAlso: ['lca status', 'lca events'],
  })
    .addOption(outputOption())
    .action(async (options: { output?: OutputFormat }) => {
      const known = await gatherKnown(new RealHost());
      printResult(lastFailure(known), options.output, () => explainFailure(known));
    });
}
