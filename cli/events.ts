import { type Command, Option } from 'commander';
import { type BlackBoxEvent, EVENT_KINDS, readEvents } from '../core/contract/events.ts';
import { EVENTS_PATH } from '../core/contract/paths.ts';
import type { Host } from '../core/host/host.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command } from './command.ts';
import { interruption } from './interruption.ts';
import { outputClosed, print } from './output.ts';

interface EventsOptions {
  readonly follow?: boolean;
  readonly kind?: string;
  readonly output?: 'json';
  readonly boot?: boolean;
}

const POLL_MS = 1_000;

/** `lca events` */
export function eventsCommand(): Command {
  return command('events', {
    description: `\
Shows the black box: every step, decision and failure of both stateroots, oldest first, with times.`,
    files: [[EVENTS_PATH, 'The events, one JSON object a line.']],
    examples: [
      ['lca events --follow', 'Shows what there is, then what comes.'],
      ['lca events --kind failure', 'Shows failures only.'],
    ],
    seeAlso: ['lca why'],
  })
    .option('-f, --follow', 'go on showing events as they come')
    .option('-b, --boot', 'only those of this boot')
    .addOption(new Option('-k, --kind <kind>', 'only those of a kind').choices([...EVENT_KINDS]))
    .addOption(new Option('-o, --output <format>', 'one JSON object a line').choices(['json']))
    .action(async (options: EventsOptions) => {
      const host = new RealHost();
      const boot = ((await host.readText('/proc/sys/kernel/random/boot_id')) ?? '').trim();
      const isWanted = (event: BlackBoxEvent): boolean =>
        (options.kind === undefined || event.kind === options.kind) && (!options.boot || event.boot === boot);
      const show = (event: BlackBoxEvent): void =>
        print(options.output === 'json' ? JSON.stringify(event) : eventText(event));
      let shown = showFrom(await readEvents(host), 0, isWanted, show);
      if (options.follow !== true) return;
      const signal = AbortSignal.any([interruption(), outputClosed]);
      while (!signal.aborted) {
        await pause(host, signal);
        shown = showFrom(await readEvents(host), shown, isWanted, show);
      }
    });
}

function showFrom(
  events: readonly BlackBoxEvent[],
  from: number,
  isWanted: (event: BlackBoxEvent) => boolean,
  show: (event: BlackBoxEvent) => void,
): number {
  for (const event of events.slice(from)) if (isWanted(event)) show(event);
  return events.length;
}

/** `2026-01-01T00:00:00.000Z lca_2.0.0 step  prep deploy (6/10): done, 4s` */
export function eventText({ time, stateroot, kind, message }: BlackBoxEvent): string {
  return `${time} ${stateroot} ${kind.padEnd(10)} ${message}`;
}

async function pause(host: Host, signal: AbortSignal): Promise<void> {
  await host.sleep(POLL_MS, signal).catch(() => undefined);
}
