import { z } from 'zod';
import { SEED_SNAPSHOT_PATH } from '../core/contract/paths.ts';
import { messageOf } from '../core/errors/lca-error.ts';
import type { Host } from '../core/host/host.ts';
import { nodePlatform, type Workload } from '../core/platform/index.ts';
import { BuilderError } from './builder-error.ts';
import { STOPPED_PATH } from './work-directory.ts';

const RECORD = z.strictObject({
  version: z.literal(1),
  workloads: z.array(z.strictObject({ kind: z.enum(['unit', 'container']), name: z.string() })),
});

/** Notes what is about to be stopped, before anything is stopped: so a killed build can be made good. */
export async function writeQuietRecord(host: Host, workloads: readonly Workload[]): Promise<void> {
  const text = JSON.stringify({ version: 1, workloads: workloads.map(({ kind, name }) => ({ kind, name })) });
  await host.writeAtomic(STOPPED_PATH, `${text}\n`, { mode: 0o600 });
}

/** What was stopped, in the order in which it was; undefined if nothing was. */
export async function readQuietRecord(host: Host): Promise<readonly Workload[] | undefined> {
  const text = await host.readText(STOPPED_PATH);
  return text === undefined ? undefined : RECORD.parse(JSON.parse(text)).workloads;
}

/**
 * Starts again what was stopped, and forgets it once all of it runs. Nothing recorded: nothing to do.
 *
 * @returns names of what was started; a container that was removed when it stopped cannot be
 * @throws BuilderError `not-restored`, naming what did not start; the record stays for the next try
 */
export async function startAgain(host: Host): Promise<readonly string[]> {
  const workloads = await readQuietRecord(host);
  if (workloads === undefined) {
    await host.remove(SEED_SNAPSHOT_PATH);
    return [];
  }
  const gone = await (await nodePlatform(host)).startWorkloads(host, workloads).catch((cause: unknown) => {
    throw new BuilderError('not-restored', messageOf(cause), {
      cause,
      remedy: `Start it by hand and remove ${STOPPED_PATH}, or run lca seed create again: it begins with starting what is missing.`,
    });
  });
  await host.remove(STOPPED_PATH);
  await host.remove(SEED_SNAPSHOT_PATH);
  const names = workloads.map(({ name }) => name);
  return names.filter((name) => !gone.some((each) => each.name === name));
}
