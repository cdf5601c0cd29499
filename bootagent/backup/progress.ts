import { mebibytes } from '../stages/prep/space.ts';

const PAUSE_MS = 2_000;

/**
 * Tells progress in bytes, at most every two seconds: each telling is a write of the status.
 *
 * @param what "Backup of Application Data is in progress: own-data (1 of 2), /var/lib/own-data"
 */
export function byteProgress(
  what: string,
  now: () => number,
  tell: (text: string) => Promise<void>,
): (done: number, total: number) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    if (now() - told < PAUSE_MS) return;
    told = now();
    // progress is a courtesy: what cannot be told must not stop what is done
    tell(`${what}, ${mebibytes(done)} of ${mebibytes(total)}`).catch(() => undefined);
  };
}
