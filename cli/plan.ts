import { Argument, type Command } from 'commander';
import { planStage } from '../bootagent/stages/plan-next.ts';
import { readRequest } from '../core/contract/image-based-upgrade.ts';
import { REQUEST_PATH, STATUS_PATH } from '../core/contract/paths.ts';
import type { Stage } from '../core/contract/stage.ts';
import { FRESH_STATUS, parseStatus } from '../core/contract/status.ts';
import { messageOf } from '../core/errors/lca-error.ts';
import { RealHost } from '../core/host/real-host.ts';
import type { PlannedStep } from '../core/sequence/run-sequence.ts';
import { command, outputOption } from './command.ts';
import { CommandError } from './exit-codes.ts';
import { type OutputFormat, printResult } from './output.ts';

const STAGE_OF: Readonly<Record<string, Stage>> = {
  prep: 'Prep',
  upgrade: 'Upgrade',
  rollback: 'Rollback',
  idle: 'Idle',
};

/** Which stage comes next when nobody says which. */
const NEXT: readonly Stage[] = ['Upgrade', 'Prep', 'Idle', 'Rollback'];

/** `lca plan` */
export function planCommand(): Command {
  return command('plan', {
    description: `\
Shows what a stage would do on this node now: every step, and whether its effect is there already. Changes nothing.

Without an argument, the stage that usually comes next. A "?" marks a step whose check needs an earlier one.`,
    files: [[REQUEST_PATH, 'The request that is planned for.']],
    endings: ['refused'],
    examples: [['lca plan upgrade', 'Shows what lca upgrade would do.']],
    seeAlso: ['lca status'],
  })
    .addArgument(new Argument('[stage]', 'the stage to plan').choices(Object.keys(STAGE_OF)))
    .addOption(outputOption())
    .action(async (name: string | undefined, options: { output?: OutputFormat }) => {
      const host = new RealHost();
      const request = await readRequest(host);
      if (request === null) {
        throw new CommandError('usage', `${REQUEST_PATH} does not exist, so there is nothing to plan.`, {
          remedy: 'Name a seed with: lca prep --image … --version …',
        });
      }
      const text = await host.readText(STATUS_PATH);
      const status = text === undefined ? FRESH_STATUS : parseStatus(text);
      const stage =
        name === undefined ? NEXT.find((next) => status.validNextStages.includes(next)) : STAGE_OF[name];
      if (stage === undefined) {
        throw new CommandError('refused', 'No stage can be begun just now.', { remedy: 'See: lca status' });
      }
      const steps = await planStage(host, stage, request, status);
      const rows = steps.map((step) => ({
        step: step.name,
        summary: step.summary,
        done: step.answer?.done ?? null,
        because: step.answer?.because ?? messageOf(step.error),
      }));
      printResult({ stage, steps: rows }, options.output, () => planText(stage, steps));
    });
}

function planText(stage: Stage, steps: readonly PlannedStep[]): string {
  const lines = steps.map((step, position) => {
    const mark = step.answer === undefined ? '?' : step.answer.done ? '✓' : '→';
    const because = step.answer?.because ?? messageOf(step.error);
    return `  ${mark} ${position + 1}. ${step.summary}\n       ${step.name}: ${because}`;
  });
  return [`Stage ${stage} (✓ done already, → to do, ? not known yet)`, ...lines].join('\n');
}
