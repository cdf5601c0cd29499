import { dirname } from 'node:path';
import { z } from 'zod';
import type { Host } from '../core/host/host.ts';
import { copyTree } from '../core/tools/copy.ts';
import { rebuiltDirectory } from '../recert/commit/rebuild-database.ts';
import { KEPT_DIRECTORY, KEPT_PATH } from './work-directory.ts';

const RECORD = z.strictObject({
  version: z.literal(1),
  /** The directory whose content the etcd of the seed was. */
  dataDirectory: z.string(),
  /** What was kept, in the order of the copies `0`, `1`, … */
  paths: z.array(z.string()),
});

/**
 * Keeps the database and all crypto of a stopped cluster as they are. The record is written last: as long as there is
 * none, nothing has been changed yet.
 *
 * @param dataDirectory etcd's
 * @param paths other directories and files, absolute
 */
export async function keepOriginals(
  host: Host,
  dataDirectory: string,
  paths: readonly string[],
): Promise<void> {
  await host.remove(KEPT_DIRECTORY);
  await host.makeDirectory(KEPT_DIRECTORY, 0o700);
  const kept: string[] = [];
  for (const path of [dataDirectory, ...paths]) {
    if ((await host.stat(path)) === undefined) continue;
    await copyTree(host, host.machinePath(path), host.machinePath(`${KEPT_DIRECTORY}/${kept.length}`));
    kept.push(path);
  }
  await host.sync(KEPT_DIRECTORY);
  const record = { version: 1, dataDirectory, paths: kept };
  await host.writeAtomic(KEPT_PATH, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** Whether the originals are kept, and so may be changed. */
export async function areOriginalsKept(host: Host): Promise<boolean> {
  return (await host.stat(KEPT_PATH)) !== undefined;
}

/** Puts everything back as it was, and forgets the copies. Killed anywhere, the next call does it all again. */
export async function putOriginalsBack(host: Host): Promise<void> {
  const text = await host.readText(KEPT_PATH);
  if (text === undefined) return;
  const { dataDirectory, paths } = RECORD.parse(JSON.parse(text));
  for (const [index, path] of paths.entries()) {
    // a database is one thing: nothing newer may stay beside what is put back
    if (path === dataDirectory)
      for (const newer of [`${path}/member`, rebuiltDirectory(path)]) await host.remove(newer);
    await host.makeDirectory(dirname(path));
    await copyTree(host, host.machinePath(`${KEPT_DIRECTORY}/${index}`), host.machinePath(path));
    await host.sync(path);
  }
  await host.remove(KEPT_PATH);
  await host.remove(KEPT_DIRECTORY);
}
