import type { Host } from '../../core/host/host.ts';
import { halfOf, type MemberIdentity, restoreSnapshot } from '../../core/tools/etcd.ts';
import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { copyOwner } from '../../core/tools/file-attributes.ts';

/** Where a database is built anew: beside the old one, so that it takes its place by a rename. */
function rebuiltDirectory(dataDir: string): string {
  return `${dataDir}/.lca-rebuilt`;
}

/** What a rebuild that was cut short may have left. */
export function rebuildLeftovers(dataDir: string): readonly string[] {
  const rebuilt = rebuiltDirectory(dataDir);
  return [rebuilt, halfOf(rebuilt)];
}

/**
 * Has a running etcd forget what its keys held before (compaction), and give up the pages that it was on
 * (defragmentation).
 *
 * @returns who its only member is, for {@link rebuildDatabase}
 */
export async function dropHistory(client: EtcdClient): Promise<MemberIdentity | undefined> {
  const [member] = await client.members();
  const { revision } = await client.survey();
  if (revision > 1) await client.compact(revision);
  await client.defragment();
  const peerUrl = member?.peerUrls[0];
  return member === undefined || peerUrl === undefined ? undefined : { name: member.name, peerUrl };
}

/**
 * Begins the data directory of a stopped etcd anew, with what its keys hold now: the write-ahead log, in which every value
 * ever written stands, and the records of former members are not taken over. Keys keep their revisions. Cut short
 * anywhere, {@link finishRebuild} leaves a whole database.
 *
 * @param image run the etcdctl of this container image
 * @param wrote called after each write has been made
 */
export async function rebuildDatabase(
  host: Host,
  { dataDir, image }: { readonly dataDir: string; readonly image?: string | undefined },
  member: MemberIdentity | undefined,
  wrote: (what: string) => void = () => undefined,
): Promise<void> {
  const rebuilt = rebuiltDirectory(dataDir);
  await host.remove(rebuilt);
  await restoreSnapshot(host, `${dataDir}/member/snap/db`, rebuilt, { member, image, hasHash: false });
  await copyOwner(host, `${dataDir}/member`, `${rebuilt}/member`);
  await host.sync(rebuilt);
  await host.writeAtomic(`${rebuilt}/whole`, '');
  wrote('rebuilt database');
  await finishRebuild(host, dataDir, wrote);
}

/** Puts a database that was built anew in its place, if it is whole; what is left of one that is not goes. */
export async function finishRebuild(
  host: Host,
  dataDir: string,
  wrote: (what: string) => void = () => undefined,
): Promise<void> {
  const rebuilt = rebuiltDirectory(dataDir);
  const isWhole = (await host.stat(`${rebuilt}/whole`)) !== undefined;
  if (isWhole && (await host.stat(`${rebuilt}/member`)) !== undefined) {
    await host.remove(`${dataDir}/member`);
    wrote('old database removed');
    await host.rename(`${rebuilt}/member`, `${dataDir}/member`);
    wrote('rebuilt database in place');
  }
  for (const directory of rebuildLeftovers(dataDir)) await host.remove(directory);
}
