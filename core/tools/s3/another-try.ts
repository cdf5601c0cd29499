import type { OutagePatience } from '../outage-patience.ts';
import type { S3Error } from './s3-error.ts';

const TRIES = 6;

/** How much trouble a call bears: so many tries, and beyond them an outage of some length. */
export interface Bearing {
  readonly tries?: number;
  readonly patience?: OutagePatience | undefined;
}

/** Whether asking again may help: not for ever, and for a clock that is wrong only with patience. */
export async function isWorthAnother(
  { code }: S3Error,
  attempt: number,
  { tries = TRIES, patience }: Bearing,
): Promise<boolean> {
  if (code !== 'unreachable' && code !== 'unavailable' && code !== 'clock-skewed') return false;
  const isBorne = patience !== undefined && !(await patience.isOver());
  return isBorne || (code !== 'clock-skewed' && attempt < tries);
}
