import { dirname } from 'node:path';
import type { Host } from '../core/host/host.ts';
import { copyTree } from '../core/tools/copy.ts';
import { mayHaveChanged } from '../recert/commit/may-have-changed.ts';
import { rebuildLeftovers } from '../recert/commit/rebuild-database.ts';
import { type KeptRecord, readKept, writeKept } from './kept-record.ts';
import { KEPT_DIRECTORY, KEPT_PATH, RECERT_DIRECTORY } from './work-directory.ts';

/**
 * - `none`: nothing is kept
 * - `unneeded`: nothing has been changed, so what the cluster has is at least as new
 * - `due`: the database has to be put back, at rest
 * - `database-back`: the database is the node's own again, and may have been written to since; other things may be missing
 */
export type OriginalsState = 'none' | 'unneeded' | 'due' | 'database-back';

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
  await host.remove(RECERT_DIRECTORY); // an earlier run's marks say nothing of these copies
  await host.makeDirectory(KEPT_DIRECTORY, 0o700);
  const kept: string[] = [];
  for (const path of [dataDirectory, ...paths]) {
    if ((await host.stat(path)) === undefined) continue;
    await copyTree(host, host.machinePath(path), host.machinePath(`${KEPT_DIRECTORY}/${kept.length}`));
    kept.push(path);
  }
  await host.sync(KEPT_DIRECTORY);
  await writeKept(host, { version: 1, dataDirectory, paths: kept });
}

/** Whether the originals are kept, and so may be changed. */
export async function areOriginalsKept(host: Host): Promise<boolean> {
  return (await host.stat(KEPT_PATH)) !== undefined;
}

export async function stateOfOriginals(host: Host): Promise<OriginalsState> {
  const kept = await readKept(host);
  if (kept === undefined) return 'none';
  if (kept.putBack?.done.includes(kept.dataDirectory) === true) return 'database-back';
  if (kept.putBack !== undefined) return 'due';
  return (await mayHaveChanged(host, RECERT_DIRECTORY, kept.dataDirectory)) ? 'due' : 'unneeded';
}

/**
 * Puts back what is not back yet; a database only while no etcd runs. Killed anywhere, the next call goes on, and never
 * touches again what was back: the cluster may have been started since.
 */
export async function putOriginalsBack(host: Host): Promise<void> {
  const kept = await readKept(host);
  if (kept === undefined) return;
  let putBack = kept.putBack ?? { isDatabaseCopied: false, done: [] };
  const note = async (change: Partial<typeof putBack>): Promise<void> => {
    putBack = { ...putBack, ...change };
    await writeKept(host, { ...kept, putBack });
  };
  await note({});
  for (const [index, path] of kept.paths.entries()) {
    if (putBack.done.includes(path)) continue;
    const copy = `${KEPT_DIRECTORY}/${index}`;
    if (path === kept.dataDirectory) {
      if (!putBack.isDatabaseCopied) await copyDatabase(host, kept, copy);
      await note({ isDatabaseCopied: true });
      await swapDatabase(host, kept);
    } else {
      await host.makeDirectory(dirname(path));
      await copyTree(host, host.machinePath(copy), host.machinePath(path));
      await host.sync(path);
    }
    await note({ done: [...putBack.done, path] });
  }
}

/** Forgets the copies: they are back, or not needed. */
export async function forgetOriginals(host: Host): Promise<void> {
  await host.remove(KEPT_PATH);
  await host.remove(KEPT_DIRECTORY);
}

/** Where a database is put back: beside, so that a rename tells for sure whether it is the cluster's already. */
const besideDatabase = (dataDirectory: string): string => `${dataDirectory}/.lca-kept`;

async function copyDatabase(host: Host, { dataDirectory }: KeptRecord, copy: string): Promise<void> {
  const beside = besideDatabase(dataDirectory);
  // the expired one is worth nothing: it goes first, to make room
  for (const path of [`${dataDirectory}/member`, ...rebuildLeftovers(dataDirectory), beside])
    await host.remove(path);
  await copyTree(host, host.machinePath(`${copy}/member`), host.machinePath(beside));
  await host.sync(beside);
}

async function swapDatabase(host: Host, { dataDirectory }: KeptRecord): Promise<void> {
  const beside = besideDatabase(dataDirectory);
  if ((await host.stat(beside)) === undefined) return; // renamed before a power cut
  await host.remove(`${dataDirectory}/member`); // an etcd that found none has begun one
  await host.rename(beside, `${dataDirectory}/member`);
}
