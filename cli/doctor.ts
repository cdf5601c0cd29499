import type { Command } from 'commander';
import { type Examination, examine } from '../bootagent/doctor/examine.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command, outputOption } from './command.ts';
import { type OutputFormat, printResult } from './output.ts';

/** The doctor's own exit codes: 1 and 2 say how bad it is, as monitoring plugins do. */
const EXIT_OF = { fine: 0, warning: 1, blocker: 2 } as const;
const MARK = { fine: '✓', warning: '!', blocker: '✗' } as const;

/** `lca doctor` */
export function doctorCommand(): Command {
  return command('doctor', {
    description: `\
Looks, before Prep, at everything that could make an upgrade of this node fail or lose data: the node, the request in \
ibu.yaml, the seed that it names, and whether they fit. Says what to do about each finding. Changes nothing.`,
    exitStatus: [
      ['0', 'Nothing stands in the way.'],
      ['1', 'There are warnings; or the command itself failed, with a message.'],
      ['2', 'There are blockers; or the arguments were wrong, with a message.'],
    ],
    files: [
      ['/var/lib/lca/ibu.yaml', 'The request. Write it with spec.stage: Idle to have the seed looked at.'],
    ],
    examples: [
      ['lca doctor', 'For people.'],
      ['lca doctor -o json', 'For programs: verdict, and each check with verdict, detail, remedy.'],
    ],
    seeAlso: ['lca plan', 'lca prep', 'lca butane containers-partition'],
  })
    .addOption(outputOption())
    .action(async (options: { output?: OutputFormat }) => {
      const examination = await examine(new RealHost());
      printResult(examination, options.output, report);
      process.exitCode = EXIT_OF[examination.verdict];
    });
}

function report({ verdict, findings }: Examination): string {
  const lines = findings.flatMap(({ check, verdict: found, detail, remedy }) => [
    `${MARK[found]} ${check}: ${detail}`,
    ...(remedy === '' ? [] : remedy.split('\n').map((line) => `    ${line}`.trimEnd())),
  ]);
  const end = {
    fine: 'Nothing stands in the way of an upgrade.',
    warning: 'An upgrade can go ahead; see the warnings (!).',
    blocker: 'An upgrade would fail; see the blockers (✗).',
  }[verdict];
  return [...lines, '', end].join('\n');
}
