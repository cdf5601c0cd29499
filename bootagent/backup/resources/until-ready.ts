import { type AskAgainOptions, askAgain } from '../../../core/tools/kubernetes/ask-again.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';

interface ReadyOptions extends Pick<AskAgainOptions, 'host' | 'signal' | 'untilSeconds'> {
  /** Asks anew what the API serves, after something was missing. */
  readonly lookAgain?: () => Promise<void>;
}

const PAUSES = { pauseMs: 1_000, longestPauseMs: 30_000 };

/** Tries again, with growing pauses, while the API or a kind that an operator brings is not there yet. */
export async function untilReady<Result>(
  { lookAgain, ...options }: ReadyOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  let wasMissing = false;
  return askAgain({ ...options, ...PAUSES, passing: ['not-found', 'conflict'] }, async () => {
    try {
      if (wasMissing) await lookAgain?.();
      return await work();
    } catch (error) {
      wasMissing = error instanceof KubernetesError && error.code === 'not-found';
      throw error;
    }
  });
}
