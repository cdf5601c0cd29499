import { dirname } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import type { EtcdChange, EtcdClient } from '../../core/tools/etcd-client.ts';
import { copyFileAttributes } from '../../core/tools/file-attributes.ts';
import { RecertError } from '../recert-error.ts';
import { type OpenStage, type Stage, sha256, shredFile } from './stage.ts';
import type { StagedContents } from './staged-contents.ts';

/** etcd's own limits are 128 operations and 1.5 MiB a request. */
const MOST_CHANGES = 100;
const MOST_BYTES = 1024 * 1024;
/** Transactions under way together, of keys none of which is in two: etcd then flushes its log once for several. */
const TRANSACTIONS_AT_ONCE = 4;

type StagedFile = Stage['files'][number];
type StagedKey = Stage['etcd'][number];

/**
 * Makes the staged changes. Every one is compared first, so that a run that was cut short anywhere is simply applied
 * again: what is already new stays, what is still old is changed, and anything else is refused.
 *
 * @param wrote called after each write has been made
 * @param mostChanges changes in one transaction; when given, there is one transaction at a time
 * @throws RecertError `changed-meanwhile`
 */
export async function applyStage(
  open: OpenStage,
  host: Host,
  client: EtcdClient | undefined,
  wrote: (what: string) => void = () => undefined,
  mostChanges?: number,
): Promise<void> {
  const { stage } = open;
  const files = (): Promise<void> =>
    reading(open, (contents) => applyFiles(stage.files, contents, host, wrote));
  const keys = (): Promise<void> =>
    client === undefined
      ? Promise.resolve()
      : reading(open, (contents) => applyKeys(stage, contents, client, wrote, mostChanges));
  // Side by side, because each mostly waits for the disk. Neither is left behind when the other fails.
  const work = mostChanges === undefined ? [files(), keys()] : [files().then(keys)];
  for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason;
}

async function reading(open: OpenStage, work: (contents: StagedContents) => Promise<void>): Promise<void> {
  const contents = open.contents();
  try {
    await work(contents);
  } finally {
    await contents.close();
  }
}

async function applyKeys(
  stage: Stage,
  contents: StagedContents,
  client: EtcdClient,
  wrote: (what: string) => void,
  mostChanges: number | undefined,
): Promise<void> {
  const atOnce = mostChanges === undefined ? TRANSACTIONS_AT_ONCE : 1;
  const due = [...batches(stage.etcd, mostChanges ?? MOST_CHANGES)];
  for (let at = 0; at < due.length; at += atOnce)
    await applyTurn(due.slice(at, at + atOnce), contents, client, wrote);
  if (stage.memberPeerUrls === null) return;
  const [member] = await client.members();
  if (member !== undefined && member.peerUrls.join() !== stage.memberPeerUrls.join()) {
    await client.updateMember(member.id, stage.memberPeerUrls);
    wrote('etcd member');
  }
}

/** Makes the transactions of one turn together; each holds on its own. */
async function applyTurn(
  turn: readonly (readonly StagedKey[])[],
  contents: StagedContents,
  client: EtcdClient,
  wrote: (what: string) => void,
): Promise<void> {
  const due: (readonly [readonly StagedKey[], readonly EtcdChange[]])[] = [];
  for (const batch of turn) {
    const changes: EtcdChange[] = [];
    for (const key of batch) changes.push(await changeOf(key, contents));
    due.push([batch, changes]);
  }
  const held = await Promise.all(due.map(([, changes]) => client.transact(changes)));
  for (const [index, [batch, changes]] of due.entries()) {
    if (held[index] === false) await applyOneByOne(client, batch, changes);
    wrote(`etcd ${batch[0]?.key} and ${batch.length - 1} more`);
  }
}

/** Files at once: each lies beside its old one for a moment. */
const FILES_AT_ONCE = 256;
const NOTHING = new Uint8Array();

async function applyFiles(
  files: readonly StagedFile[],
  contents: StagedContents,
  host: Host,
  wrote: (what: string) => void,
): Promise<void> {
  await removeLeftovers(host, new Set(files.map(({ path }) => dirname(path))));
  const due: (readonly [StagedFile, temporary: string])[] = [];
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    const batch = files.slice(at, at + FILES_AT_ONCE);
    const isDue = await Promise.all(batch.map((file) => isStillOld(file, host)));
    for (const [index, file] of batch.entries())
      if (isDue[index] === true) due.push([file, `${dirname(file.path)}/.lca-recert-${at + index}.tmp`]);
  }
  for (let at = 0; at < due.length; at += FILES_AT_ONCE) {
    const batch = due.slice(at, at + FILES_AT_ONCE);
    const written: Uint8Array[] = [];
    for (const [{ after }] of batch) written.push(after === null ? NOTHING : await contents.read(after));
    await Promise.all(
      batch.map(async ([{ after }, temporary], index) => {
        if (after === null) return;
        await host.writeAtomic(temporary, written[index] as Uint8Array, { mode: 0o600, durable: false });
        wrote(`file ${temporary}`);
      }),
    );
    const replaced = batch.filter(([{ after }]) => after !== null);
    await copyFileAttributes(
      host,
      replaced.map(([{ path, like }, to]) => ({ from: like ?? path, to })),
    );
    // New contents are on disk before any name leads to them, and all names before the stage is given up.
    await flush(host, batch);
    // Removals come after all that may be like what is removed.
    await Promise.all(
      batch.map(async ([{ path, after }, temporary]) => {
        if (after === null) await host.remove(path);
        else await host.rename(temporary, path, { durable: false });
        wrote(`file ${path}`);
      }),
    );
    await flush(host, batch);
  }
}

/** Whether a file is to be written yet. @throws RecertError `changed-meanwhile` */
async function isStillOld({ path, before, after }: StagedFile, host: Host): Promise<boolean> {
  const bytes = await host.readBytes(path);
  const now = bytes === undefined ? null : sha256(bytes);
  if (now === (after?.sha256 ?? null)) return false;
  if (now !== before) throw changedMeanwhile(`File ${path}`);
  return true;
}

/** Flushes each filesystem that holds files of the batch, once: a flush per file would wait for the disk 200 times. */
async function flush(host: Host, batch: readonly (readonly [StagedFile, string])[]): Promise<void> {
  const filesystems = new Map<number | string, string>();
  for (const directory of new Set(batch.map(([{ path }]) => dirname(path)))) {
    const stat = await host.stat(directory);
    // a symbolic link tells nothing of the filesystem it leads to
    if (stat !== undefined) filesystems.set(stat.type === 'directory' ? stat.dev : directory, directory);
  }
  await Promise.all(filesystems.values().map((directory) => host.sync(directory)));
}

/** Half-written files of a run that was killed: they hold private keys. */
async function removeLeftovers(host: Host, directories: ReadonlySet<string>): Promise<void> {
  await Promise.all(
    Array.from(directories, async (directory) => {
      for (const name of await host.list(directory)) {
        if (/^\.lca-(recert-\d+|[0-9a-f]{12})\.tmp$/.test(name))
          await shredFile(host, `${directory}/${name}`);
      }
    }),
  );
}

/** A transaction that did not hold: some keys are already new, because an earlier run got as far. */
async function applyOneByOne(
  client: EtcdClient,
  batch: readonly StagedKey[],
  changes: readonly EtcdChange[],
): Promise<void> {
  for (const [index, { key, after }] of batch.entries()) {
    const entry = await client.get(key);
    const now = entry === undefined ? null : sha256(entry.value);
    if (now === (after?.sha256 ?? null)) continue;
    if (!(await client.transact([changes[index] as EtcdChange]))) throw changedMeanwhile(`etcd key ${key}`);
  }
}

async function changeOf(
  { key, ifModRevision, hasLease, after }: StagedKey,
  contents: StagedContents,
): Promise<EtcdChange> {
  if (after === null) return { key, ifModRevision, remove: true };
  return { key, ifModRevision, hasLease, put: await contents.read(after) };
}

function* batches(keys: readonly StagedKey[], mostChanges: number): Generator<readonly StagedKey[]> {
  let batch: StagedKey[] = [];
  let size = 0;
  for (const key of keys) {
    const length = key.key.length * 2 + (key.after?.length ?? 0);
    if (batch.length > 0 && (batch.length >= mostChanges || size + length > MOST_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(key);
    size += length;
  }
  if (batch.length > 0) yield batch;
}

function changedMeanwhile(what: string): RecertError {
  return new RecertError(
    'changed-meanwhile',
    `${what} is neither what was read nor what was to be written: something else changed it.`,
    { remedy: 'Make sure that nothing of the cluster runs, then start again.' },
  );
}
