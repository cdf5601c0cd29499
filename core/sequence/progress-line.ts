import type { SequenceEvent } from './run-sequence.ts';

/** The line people read: `prep create-stateroot (3/8): done, 12s`. */
export function progressLine(event: SequenceEvent): string {
  const head = `${event.sequence} ${event.step} (${event.index}/${event.total})`;
  const time = event.seconds === undefined ? '' : `, ${Math.round(event.seconds)}s`;
  switch (event.kind) {
    case 'skipped':
      return `${head}: skipped, because ${event.because}`;
    case 'started':
      return `${head}: started`;
    case 'done':
      return `${head}: done${time}`;
    case 'failed':
      return `${head}: failed${time}: ${event.because}`;
    case 'undone':
      return `${head}: taken back`;
    case 'undo-failed':
      return `${head}: could not be taken back: ${event.because}`;
  }
}
