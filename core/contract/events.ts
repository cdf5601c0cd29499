import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { EVENTS_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { dataWithoutSecrets, withoutSecrets } from './secrets.ts';

/**
 * - `boot`: the agent or the boot agent came up
 * - `transition`: the user's request was accepted or refused
 * - `step`: a step of a sequence began, ended, was skipped or taken back
 * - `command`: a program was run
 * - `decision`: lca chose between ways to go on
 * - `health`: what a health check said
 * - `pivot`: arming, committing, rolling back
 * - `failure`: something that `lca why` tells
 */
export const EVENT_KINDS = [
  'boot',
  'transition',
  'step',
  'command',
  'decision',
  'health',
  'pivot',
  'failure',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

const event = z.object({
  time: z.iso.datetime({ offset: true }),
  /** `/proc/sys/kernel/random/boot_id` */
  boot: z.string(),
  stateroot: z.string(),
  /** One of `EVENT_KINDS`; a newer lca may know more. */
  kind: z.string(),
  sequence: z.string().nullable().default(null),
  step: z.string().nullable().default(null),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
});

/** One line of the black box. */
export type BlackBoxEvent = ReadOnly<z.output<typeof event>>;

export interface NewEvent {
  readonly kind: EventKind;
  readonly sequence?: string;
  readonly step?: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What is the same for all events of a process. */
export interface EventOrigin {
  readonly boot: string;
  readonly stateroot: string;
}

const LONGEST_LINE = 16_384;
/** How every line begins; where an earlier line was torn by a power cut, the next one starts here. */
const START = '{"time":';

/** The event's line, secrets blotted out, data left out where the line would be longer than 16 KiB. */
export function eventLine(time: Date, origin: EventOrigin, given: NewEvent): string {
  const head = {
    time: time.toISOString(),
    ...origin,
    kind: given.kind,
    ...(given.sequence === undefined ? {} : { sequence: given.sequence }),
    ...(given.step === undefined ? {} : { step: given.step }),
    message: withoutSecrets(given.message.slice(0, LONGEST_LINE / 4)),
  };
  const short = JSON.stringify(given.data ?? {}).length < LONGEST_LINE;
  const whole = JSON.stringify({
    ...head,
    ...(given.data === undefined || !short ? {} : { data: dataWithoutSecrets(given.data) }),
  });
  return `${whole.length <= LONGEST_LINE ? whole : JSON.stringify(head)}\n`;
}

/** Appends an event to the black box and flushes it to disk. */
export async function appendEvent(
  host: Host,
  origin: EventOrigin,
  given: NewEvent,
  path: string = EVENTS_PATH,
): Promise<void> {
  await host.append(path, eventLine(host.now(), origin, given), { mode: 0o640 });
}

/** Parses the black box. Lines torn by a power cut are left out; what was appended right behind one is found. */
export function parseEvents(text: string): readonly BlackBoxEvent[] {
  return wholeLines(text).map(({ event: parsed }) => parsed);
}

export async function readEvents(host: Host, path: string = EVENTS_PATH): Promise<readonly BlackBoxEvent[]> {
  return parseEvents((await host.readText(path)) ?? '');
}

/** The story of both stateroots as one text: every whole line of either once, in the order of time. */
export function mergeEvents(ours: string, theirs: string): string {
  const all = new Map(
    [...wholeLines(ours), ...wholeLines(theirs)].map((line) => [line.text, line.event.time]),
  );
  return [...all]
    .toSorted(([, a], [, b]) => Date.parse(a) - Date.parse(b))
    .map(([text]) => `${text}\n`)
    .join('');
}

interface Line {
  readonly text: string;
  readonly event: BlackBoxEvent;
}

function wholeLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .flatMap((line) => wholeLine(line) ?? wholeLine(line.slice(line.lastIndexOf(START))) ?? []);
}

function wholeLine(text: string): Line | undefined {
  try {
    const parsed = event.safeParse(JSON.parse(text));
    return parsed.success ? { text, event: parsed.data } : undefined;
  } catch {
    return undefined; // torn
  }
}
