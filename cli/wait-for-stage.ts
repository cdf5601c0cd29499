import { manualCleanupDone } from '../core/contract/annotations.ts';
import { parseEvents } from '../core/contract/events.ts';
import { readRequest, type UpgradeRequest } from '../core/contract/image-based-upgrade.ts';
import { EVENTS_PATH, STATUS_PATH } from '../core/contract/paths.ts';
import type { Stage } from '../core/contract/stage.ts';
import { parseStatus, type Status } from '../core/contract/status.ts';
import type { Host } from '../core/host/host.ts';
import { CommandError } from './exit-codes.ts';
import { print, printProgress } from './output.ts';

export interface WaitOptions {
  /** When the request was made: older events are not shown. */
  readonly since: Date;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

const POLL_MS = 1_000;
const FOLLOWED = [STATUS_PATH, EVENTS_PATH];

/**
 * Follows the agent until a stage has ended, showing each step as it comes.
 *
 * @throws CommandError `failed`, `refused` or `timedOut`
 */
export async function waitForStage(host: Host, request: UpgradeRequest, options: WaitOptions): Promise<void> {
  const show = shower(host, options.since);
  let hasChanged = changeOf(host, FOLLOWED);
  const until = options.since.getTime() + options.seconds * 1000;
  for (;;) {
    // before the status: the agent writes that first
    const unseen = await isUnseen(host);
    let outcome = (await hasChanged())
      ? await show().then(async () => outcomeOf(await statusNow(host), request))
      : undefined;
    if (outcome?.kind === 'failed' && unseen) {
      // the earlier failure, or already the next: it is looked at once more
      outcome = undefined;
      hasChanged = changeOf(host, FOLLOWED);
    }
    if (outcome !== undefined) {
      await show();
      if (outcome.kind === 'done') return print(outcome.message);
      throw new CommandError(outcome.kind, outcome.message, { remedy: 'See: lca why' });
    }
    if (host.now().getTime() > until) {
      throw new CommandError(
        'timedOut',
        `Stage ${request.stage} has not ended within ${options.seconds} s.`,
        {
          remedy: 'It goes on; follow it with: lca events --follow',
        },
      );
    }
    await host.sleep(POLL_MS, options.signal);
  }
}

/** Whether any of the files is another than at the last call; they are looked at, not read. */
function changeOf(host: Host, paths: readonly string[]): () => Promise<boolean> {
  let last = '';
  return async () => {
    const stats = await Promise.all(paths.map((path) => host.stat(path)));
    const now = stats.map((stat) => `${stat?.ino} ${stat?.size} ${stat?.mtimeMs}`).join();
    const changed = now !== last;
    last = now;
    return changed;
  };
}

/** Prints what the agent does: lines of the black box, and the numbers of a long step as they change. */
function shower(host: Host, since: Date): () => Promise<void> {
  let shown = 0;
  let told = '';
  return async () => {
    const events = parseEvents((await host.readText(EVENTS_PATH)) ?? '');
    const fresh = events.filter(({ time }) => Date.parse(time) >= since.getTime());
    for (const { message } of fresh.slice(shown)) printProgress(message);
    shown = fresh.length;
    const progress = (await statusNow(host))?.lca.progress;
    const line = progress === null || progress === undefined ? '' : `  ${progress.step}: ${progress.message}`;
    if (line !== told && progress?.message !== 'started' && line !== '') printProgress(line);
    told = line;
  };
}

/** Whether the agent has yet to act on the word that a failed clean-up is to begin again; it takes the word away then. */
async function isUnseen(host: Host): Promise<boolean> {
  const request = await readRequest(host).catch(() => null);
  return request !== null && manualCleanupDone(request.annotations) !== undefined;
}

async function statusNow(host: Host): Promise<Status | undefined> {
  const text = await host.readText(STATUS_PATH);
  return text === undefined ? undefined : parseStatus(text);
}

type Outcome = { readonly kind: 'done' | 'failed' | 'refused'; readonly message: string };

const DONE: Readonly<Record<Stage, string>> = {
  Idle: 'Idle',
  Prep: 'PrepCompleted',
  Upgrade: 'UpgradeCompleted',
  Rollback: 'RollbackCompleted',
};

/** What a status says of the request; undefined while the agent is at it or has not seen it. */
function outcomeOf(status: Status | undefined, request: UpgradeRequest): Outcome | undefined {
  if (status === undefined) return undefined;
  const { stage } = request;
  const newest = status.conditions.at(-1);
  if (status.lca.refused !== null) return { kind: 'refused', message: status.lca.refused.message };
  if (status.lca.specHash !== request.specHash) return undefined;
  if (newest?.reason === 'InvalidTransition') return { kind: 'refused', message: newest.message };
  const condition = status.conditions.find(({ type }) => type === DONE[stage]);
  if (condition?.status === 'True') return { kind: 'done', message: condition.message };
  const failed =
    condition?.reason === 'Failed' ||
    condition?.reason === 'AbortFailed' ||
    condition?.reason === 'FinalizeFailed';
  if (!failed) return undefined;
  return { kind: 'failed', message: status.lca.lastFailure?.message ?? condition.message };
}
