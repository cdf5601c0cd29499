import type { Host } from '../../../core/host/host.ts';
import {
  isOutage,
  KubernetesError,
  type KubernetesErrorCode,
} from '../../../core/tools/kubernetes/kubernetes-error.ts';

interface ReadyOptions {
  readonly host: Pick<Host, 'uptimeSeconds' | 'sleep'>;
  /** On the boot clock: a new system's own may only now be set, and jump by decades. */
  readonly untilSeconds: number;
  readonly signal: AbortSignal;
  /** Asks anew what the API serves, after something was missing. */
  readonly lookAgain?: () => Promise<void>;
}

const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Tries again, with growing pauses, while the API, a webhook, or a kind that an operator brings is not there yet, or
 * somebody else writes at the same time.
 *
 * @throws what the last try threw, when the time is over
 */
export async function untilReady<Result>(
  { host, untilSeconds, signal, lookAgain }: ReadyOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  let wasMissing = false;
  for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      if (wasMissing) await lookAgain?.();
      return await work();
    } catch (error) {
      wasMissing = is(error, 'not-found');
      const left = (untilSeconds - (await host.uptimeSeconds())) * 1000;
      if (!(wasMissing || is(error, 'conflict') || isOutage(error)) || left <= 0) throw error;
      await host.sleep(Math.min(pause, left), signal);
    }
  }
}

function is(error: unknown, code: KubernetesErrorCode): boolean {
  return error instanceof KubernetesError && error.code === code;
}
