import type { Host } from '../../host/host.ts';
import { isOutage, KubernetesError, type KubernetesErrorCode } from './kubernetes-error.ts';

export interface AskAgainOptions {
  readonly host: Pick<Host, 'uptimeSeconds' | 'sleep'>;
  readonly signal: AbortSignal;
  /** On the boot clock: a new system's own may only now be set, and jump by decades. */
  readonly untilSeconds: number;
  /** What passes besides an outage. */
  readonly passing: readonly KubernetesErrorCode[];
  readonly pauseMs: number;
  /** Pauses grow up to it; default: they stay as they are. */
  readonly longestPauseMs?: number;
  /** Told before each pause. */
  readonly onPassing?: (error: unknown) => Promise<void>;
}

/**
 * Asks a cluster that is only just coming up again and again, while what it answers may pass: it is away, a webhook or an
 * operator is not there yet, or somebody else writes at the same time.
 *
 * @throws what was thrown last, when the time is over; the signal's reason
 */
export async function askAgain<Answer>(
  { host, signal, untilSeconds, passing, pauseMs, longestPauseMs = pauseMs, onPassing }: AskAgainOptions,
  question: () => Promise<Answer>,
): Promise<Answer> {
  for (let pause = pauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      return await question();
    } catch (error) {
      signal.throwIfAborted();
      const passes = isOutage(error) || (error instanceof KubernetesError && passing.includes(error.code));
      const left = (untilSeconds - (await host.uptimeSeconds())) * 1000;
      if (!passes || left <= 0) throw error;
      await onPassing?.(error);
      await host.sleep(Math.min(pause, left), signal);
    }
  }
}
