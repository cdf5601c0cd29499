import type { Command } from 'commander';
import { type Edit, editRequest, setStage } from '../core/contract/edit-request.ts';
import type { Stage } from '../core/contract/stage.ts';
import type { Host } from '../core/host/host.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command, type Manual } from './command.ts';
import { CommandError } from './exit-codes.ts';
import { interruption } from './interruption.ts';
import { print } from './output.ts';
import { waitForStage } from './wait-for-stage.ts';

interface StageOptions {
  readonly wait: boolean;
  readonly timeout: string;
}

/** What the four stage commands share: edit the request, then follow the agent until the stage has ended. */
export function stageCommand(
  name: string,
  stage: Stage,
  manual: Manual,
  configure: (made: Command) => Command = (made) => made,
  edits: (
    options: Record<string, unknown>,
    host: Host,
  ) => readonly Edit[] | Promise<readonly Edit[]> = () => [],
): Command {
  const made = command(name, {
    ...manual,
    files: [
      ['/var/lib/lca/ibu.yaml', `The request; spec.stage becomes ${stage}. Comments and layout are kept.`],
      ['/var/lib/lca/status.yaml', 'What came of it.'],
    ],
    endings: ['refused', 'timedOut'],
    seeAlso: ['lca status', 'lca events', 'lca why'],
  });
  return configure(made)
    .option('--no-wait', 'only make the request; do not follow what comes of it')
    .option('--timeout <seconds>', 'stop following after this time; the stage goes on', '7200')
    .action(async (options: StageOptions & Record<string, unknown>) => {
      const seconds = Number(options.timeout);
      if (!Number.isFinite(seconds) || seconds <= 0) {
        throw new CommandError('usage', `--timeout must be a number of seconds, not "${options.timeout}".`);
      }
      const host = new RealHost();
      const since = host.now();
      const request = await editRequest(host, [...(await edits(options, host)), setStage(stage)]);
      if (options.wait) await waitForStage(host, request, { since, seconds, signal: interruption() });
      else print(`Stage ${stage} is requested; follow it with: lca events --follow`);
    });
}
