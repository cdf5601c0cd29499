import type { BlackBoxEvent } from '../../core/contract/events.ts';
import type { Pivot } from '../../core/contract/pivot.ts';
import type { Stage } from '../../core/contract/stage.ts';
import type { Condition, HistoryEntry, LastFailure, Status } from '../../core/contract/status.ts';
import { moment, span } from './spoken-time.ts';

/** What is known of a node, from either of its stateroots. */
export interface Known {
  readonly status: Status;
  readonly pivot: Pivot | null;
  readonly events: readonly BlackBoxEvent[];
  /** The stage the request file asks for now; null if there is none or it is not legible. */
  readonly requested: Stage | null;
  /** The stateroot that is booted. */
  readonly booted: string;
  readonly now: Date;
}

const SHOWN_EVENTS = 10;
const NONE = 'none';

/**
 * The last failure: what the status tells, or what the try-boot record does where it is newer (the status of the new
 * stateroot may not have got as far). Null if nothing has failed.
 */
export function lastFailure({ status, pivot }: Pick<Known, 'status' | 'pivot'>): LastFailure | null {
  const told = status.lca.lastFailure;
  const recorded = pivot?.failure ?? null;
  if (recorded === null || (told !== null && Date.parse(told.time) >= Date.parse(recorded.at))) return told;
  const { step, reason, evidence, remedy, at } = recorded;
  return { stage: 'Upgrade', step, message: reason, evidence, remedy, time: at };
}

/** The text of `lca why`: what failed last, where, what shows it, what can be done, and what led to it. */
export function explainFailure(known: Known): string {
  const failure = lastFailure(known);
  const { refused } = known.status.lca;
  const refusal =
    refused === null
      ? []
      : [
          `The request as it is now is refused, since ${moment(refused.time, known.now)}.`,
          ...indented([refused.message]),
        ];
  if (failure === null) {
    return refusal.length > 0 ? refusal.join('\n') : 'Nothing has failed since the last Prep began.';
  }
  const where = failure.step === NONE ? '' : ` at step ${failure.step}`;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      '',
      [
        `${failure.stage === 'Idle' ? 'Cleaning up' : failure.stage} failed${where}, ${moment(failure.time, known.now)}.`,
      ],
    ],
    ['Cause', failure.message.split('\n')],
    ['Evidence', failure.evidence],
    ['Remedy', failure.remedy === null ? [] : [failure.remedy]],
    ['Now', [whereabouts(known), `Possible next: ${nextStages(known.status)}.`]],
    ['What led to it', ledTo(known.events, failure).map(eventLine)],
    ['', refusal],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => (title === '' ? lines.join('\n') : [`${title}:`, ...indented(lines)].join('\n')))
    .join('\n\n');
}

/** The text of `lca status` for people. */
export function explainStatus(known: Known): string {
  const { status, pivot, requested, now } = known;
  const { lca, conditions, history } = status;
  const newest = conditions.at(-1);
  const failure = lastFailure(known);
  const seed = lca.accepted?.seedImageRef ?? null;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Asked for', requested],
    [
      'State',
      newest === undefined ? 'unknown: the agent has not run yet' : `${newest.reason}: ${newest.message}`,
    ],
    ['Progress', progressLine(status, now)],
    ['Next', nextStages(status)],
    ['Seed', seed === null ? null : `${seed.version} from ${seed.image}`],
    ['Booted', whereabouts(known)],
    ['Try-boot', pivot === null ? null : tryBoot(pivot, now)],
    [
      'Way back',
      status.rollbackAvailabilityExpiration && `until ${moment(status.rollbackAvailabilityExpiration, now)}`,
    ],
    ['Refused', lca.refused?.message ?? null],
    ['Failure', failure === null ? null : `${failure.message.split('\n')[0]} (see: lca why)`],
  ];
  return [
    facts.flatMap(([name, value]) => (value === null || value === '' ? [] : `${name.padEnd(10)} ${value}`)),
    conditions.length === 0 ? [] : conditionTable(conditions, now),
    history.length === 0 ? [] : ['HISTORY', ...history.map((entry) => `  ${historyLine(entry, now)}`)],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function whereabouts({ booted, status, pivot }: Known): string {
  const original = status.lca.stateroots?.original ?? pivot?.old.stateroot;
  const fresh = status.lca.stateroots?.new ?? pivot?.new.stateroot;
  if (booted === fresh && original !== undefined)
    return `${booted}, the new stateroot (the old one is ${original})`;
  if (booted === original && fresh) return `${booted}, the old stateroot (the new one is ${fresh})`;
  return booted;
}

const TRY_BOOT: Readonly<Record<Pivot['state'], string>> = {
  armed: 'armed: the next boot tries the new stateroot',
  booted: 'under way',
  configured: 'under way, first boot done',
  committing: 'being confirmed',
  failed: 'failed',
  committed: 'confirmed',
  'rolled-back': 'rolled back',
};

function tryBoot({ state, deadline }: Pivot, now: Date): string {
  const running = state === 'armed' || state === 'booted' || state === 'configured';
  return running ? `${TRY_BOOT[state]}; deadline ${moment(deadline, now)}` : TRY_BOOT[state];
}

function progressLine({ lca: { progress } }: Status, now: Date): string | null {
  if (progress === null) return null;
  const { sequence, step, index, total, message, startedAt } = progress;
  return `${sequence} ${step} (${index}/${total}): ${message}, for ${span(now.getTime() - Date.parse(startedAt))}`;
}

function nextStages({ validNextStages }: Status): string {
  return validNextStages.length === 0 ? 'nothing until this has ended' : validNextStages.join(' or ');
}

function conditionTable(conditions: readonly Condition[], now: Date): readonly string[] {
  const rows = conditions.map(({ type, status, reason, message, lastTransitionTime }) => [
    type,
    status,
    reason,
    span(now.getTime() - Date.parse(lastTransitionTime)),
    message.split('\n')[0] ?? '',
  ]);
  const all = [['CONDITION', 'STATUS', 'REASON', 'FOR', 'MESSAGE'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function historyLine({ stage, startTime, completionTime, phases }: HistoryEntry, now: Date): string {
  const took = (start: string, end: string | null) => {
    const length = span((end === null ? now.getTime() : Date.parse(end)) - Date.parse(start));
    return end === null ? `not ended, begun ${length} ago` : length;
  };
  const inner = phases.map(
    ({ phase, ...times }) => `${phase} ${took(times.startTime, times.completionTime)}`,
  );
  return `${stage.padEnd(9)} ${took(startTime, completionTime)}${inner.length === 0 ? '' : ` (${inner.join(', ')})`}`;
}

/** The events up to the failure, newest last; commands and skipped steps say little and are left out. */
function ledTo(events: readonly BlackBoxEvent[], failure: LastFailure): readonly BlackBoxEvent[] {
  const until = Date.parse(failure.time);
  return events
    .filter(
      ({ time, kind, message }) =>
        Date.parse(time) <= until && kind !== 'command' && !/: skipped,/.test(message),
    )
    .slice(-SHOWN_EVENTS);
}

function eventLine({ time, stateroot, kind, message }: BlackBoxEvent): string {
  return `${time.slice(11, 19)} ${stateroot} ${kind}: ${message.split('\n')[0]}`;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
