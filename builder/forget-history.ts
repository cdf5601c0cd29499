import type { Host } from '../core/host/host.ts';
import type { CryptoPlaces } from '../core/platform/cluster.ts';
import { copyTree } from '../core/tools/copy.ts';
import { restoreSnapshot } from '../core/tools/etcd.ts';
import { openDatabase } from '../recert/open-database.ts';
import { REBUILT_DIRECTORY } from './work-directory.ts';

/**
 * Leaves nothing in a stopped etcd but what its keys hold now. Earlier values are forgotten (compaction), the pages they
 * were on are given up (defragmentation), and the write-ahead log, in which every value ever written stands, is begun
 * anew by restoring the database into a new directory.
 */
export async function forgetHistory(
  host: Host,
  { dataDirectory, etcdImage }: Pick<CryptoPlaces, 'dataDirectory' | 'etcdImage'>,
): Promise<void> {
  const image = etcdImage === undefined ? {} : { image: etcdImage };
  const database = await openDatabase(
    host,
    { dataDir: dataDirectory, ...image },
    { isDryRun: false, snapshot: undefined },
  );
  let member: { readonly name: string; readonly peerUrl: string } | undefined;
  try {
    const client = database?.client;
    if (client === undefined) return;
    const [first] = await client.members();
    const peerUrl = first?.peerUrls[0];
    if (first !== undefined && peerUrl !== undefined) member = { name: first.name, peerUrl };
    const { revision } = await client.survey();
    if (revision > 1) await client.compact(revision);
    await client.defragment();
  } finally {
    await database?.close();
  }
  await host.remove(REBUILT_DIRECTORY);
  await restoreSnapshot(host, `${dataDirectory}/member/snap/db`, REBUILT_DIRECTORY, member, etcdImage);
  await host.remove(`${dataDirectory}/member`);
  await copyTree(
    host,
    host.machinePath(`${REBUILT_DIRECTORY}/member`),
    host.machinePath(`${dataDirectory}/member`),
  );
  await host.sync(dataDirectory);
  await host.remove(REBUILT_DIRECTORY);
}
