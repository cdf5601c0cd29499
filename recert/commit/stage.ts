import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Host } from '../../core/host/host.ts';
import type { EtcdChange } from '../../core/tools/etcd-client.ts';
import { RecertError } from '../recert-error.ts';
import { LEDGER } from '../verify/ledger.ts';
import type { FileEdit } from '../workspace/file-overlay.ts';
import { StagedContents } from './staged-contents.ts';

/** Where runs keep their state unless told otherwise. */
export const STATE_DIR = '/var/lib/lca/recert';

/** Hex SHA-256 of a content; null: nothing there. */
const CONTENT_HASH = z.string().nullable();
/** Where a new content lies in the staged contents; null: to be removed. */
const STAGED_CONTENT = z
  .strictObject({ sha256: z.string(), offset: z.number(), length: z.number() })
  .nullable();

const STAGE = z.strictObject({
  version: z.literal(1),
  /** Hash of the inputs the run had. */
  fingerprint: z.string(),
  createdAt: z.string(),
  /** How to reach the database again; null in filesystem-only mode. */
  database: z.union([
    z.strictObject({ dataDir: z.string(), image: z.string().optional() }),
    z.strictObject({ endpoint: z.string() }),
    z.null(),
  ]),
  etcd: z.array(
    z.strictObject({
      key: z.string(),
      ifModRevision: z.number(),
      hasLease: z.boolean(),
      after: STAGED_CONTENT,
    }),
  ),
  files: z.array(
    z.strictObject({
      path: z.string(),
      like: z.string().optional(),
      before: CONTENT_HASH,
      after: STAGED_CONTENT,
    }),
  ),
  /** New peer URLs of the only etcd member. */
  memberPeerUrls: z.array(z.string()).nullable(),
  defragment: z.boolean(),
  forgetHistory: z.boolean(),
  ledger: LEDGER,
});

/** Everything a run is about to write. Holds no secret itself: the contents lie beside it. */
export type Stage = z.infer<typeof STAGE>;
export type Database = Stage['database'];

/** A stage and the way to its contents. */
export interface OpenStage {
  readonly stage: Stage;
  /** Reads the contents from their beginning. */
  contents(): StagedContents;
}

/** The mark of a staged run. */
export const planPath = (stateDir: string): string => `${stateDir}/stage.json`;
const contentsPath = (stateDir: string): string => `${stateDir}/stage.bin`;

/**
 * Makes a run's changes durable before any of them is made: first the contents, then the plan, whose presence is the
 * mark. From then on the run can only go forward, with these very contents. They lie in the order in which they are
 * applied, and are never in memory all at once.
 *
 * @returns what {@link readStage} will answer
 */
export async function writeStage(
  host: Host,
  stateDir: string,
  plan: Omit<Stage, 'version' | 'etcd' | 'files' | 'createdAt'>,
  etcd: Iterable<EtcdChange>,
  files: Iterable<FileEdit>,
): Promise<OpenStage> {
  const stage: Stage = { version: 1, ...plan, createdAt: host.now().toISOString(), etcd: [], files: [] };
  await host.makeDirectory(stateDir, 0o700);
  const contents = Readable.from(inChunks(place(stage, etcd, files)), { objectMode: false });
  await host.writeAtomic(contentsPath(stateDir), contents, { mode: 0o600 });
  await host.writeAtomic(planPath(stateDir), JSON.stringify(stage), { mode: 0o600 });
  return openStage(host, stateDir, stage);
}

/** Enters every change in the plan and yields its content. */
function* place(stage: Stage, etcd: Iterable<EtcdChange>, files: Iterable<FileEdit>): Generator<Uint8Array> {
  let offset = 0;
  const placed = (bytes: Uint8Array | undefined): z.infer<typeof STAGED_CONTENT> => {
    if (bytes === undefined) return null;
    offset += bytes.length;
    return { sha256: sha256(bytes), offset: offset - bytes.length, length: bytes.length };
  };
  for (const { path, like, before, content } of files) {
    stage.files.push({
      path,
      ...(like === undefined ? {} : { like }),
      before: before === undefined ? null : sha256(before),
      after: placed(content),
    });
    if (content !== undefined) yield content;
  }
  for (const change of etcd) {
    const content = 'put' in change ? change.put : undefined;
    const { key, ifModRevision } = change;
    const hasLease = 'put' in change && (change.hasLease ?? false);
    stage.etcd.push({ key, ifModRevision, hasLease, after: placed(content) });
    if (content !== undefined) yield content;
  }
}

const CHUNK_BYTES = 256 * 1024;

/** Joins small pieces, so that each write is worth its while. */
function* inChunks(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/**
 * The stage of a run that was cut short; undefined if there is none.
 *
 * @throws RecertError `stage-broken`
 */
export async function readStage(host: Host, stateDir: string): Promise<OpenStage | undefined> {
  const text = await host.readText(planPath(stateDir));
  if (text === undefined) return undefined;
  try {
    if ((await host.stat(contentsPath(stateDir))) === undefined) throw new Error('its contents are missing');
    return openStage(host, stateDir, STAGE.parse(JSON.parse(text)));
  } catch (cause) {
    throw new RecertError('stage-broken', `The unfinished run staged in ${stateDir} cannot be read.`, {
      cause,
      remedy: `Restore the data from before that run, then remove ${stateDir}.`,
    });
  }
}

function openStage(host: Host, stateDir: string, stage: Stage): OpenStage {
  return { stage, contents: () => new StagedContents(host, contentsPath(stateDir)) };
}

/** Takes the mark away, then overwrites and removes the contents, which hold private keys. */
export async function shredStage(host: Host, stateDir: string): Promise<void> {
  await host.remove(planPath(stateDir));
  for (const name of await host.list(stateDir)) {
    if (name === 'stage.bin' || name.endsWith('.tmp')) await shredFile(host, `${stateDir}/${name}`);
  }
}

/** Overwrites a file once, with zeros at last, and removes it. */
export async function shredFile(host: Host, path: string): Promise<void> {
  if ((await host.stat(path))?.type !== 'file') return;
  await host.run(['shred', '--iterations=1', '--zero', '--remove', host.machinePath(path)], {
    description: `shred ${path}`,
    timeoutMs: 60_000,
  });
}

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
