import { MANUAL_CLEANUP_DONE } from '../core/contract/annotations.ts';
import { type Edit, setAnnotation } from '../core/contract/edit-request.ts';
import { STATUS_PATH } from '../core/contract/paths.ts';
import { parseStatus } from '../core/contract/status.ts';
import type { Host } from '../core/host/host.ts';

/**
 * What has to be said, besides the stage, so that a clean-up that has failed begins again: the stage is Idle already,
 * and only the annotation tells the agent that the cause was removed. Nothing where no clean-up has failed.
 */
export async function retryCleanUp(host: Host): Promise<readonly Edit[]> {
  return (await hasFailed(host)) ? [setAnnotation(MANUAL_CLEANUP_DONE, '')] : [];
}

async function hasFailed(host: Host): Promise<boolean> {
  const text = await host.readText(STATUS_PATH);
  if (text === undefined) return false;
  try {
    const idle = parseStatus(text).conditions.find(({ type }) => type === 'Idle');
    return idle?.reason === 'AbortFailed' || idle?.reason === 'FinalizeFailed';
  } catch {
    return false; // a status that cannot be read is the agent's business
  }
}
