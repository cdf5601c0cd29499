import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Host } from '../../core/host/host.ts';
import { RecertError } from '../recert-error.ts';
import { LEDGER } from '../verify/ledger.ts';
import type { EtcdEdit } from '../workspace/etcd-overlay.ts';
import type { FileEdit } from '../workspace/file-overlay.ts';

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
  ledger: LEDGER,
});

/** Everything a run is about to write. Holds no secret itself: the contents lie beside it. */
export type Stage = z.infer<typeof STAGE>;
export type Database = Stage['database'];

/** A stage and its contents, read back. */
export interface OpenStage {
  readonly stage: Stage;
  content(of: { readonly offset: number; readonly length: number }): Uint8Array;
}

const planPath = (stateDir: string): string => `${stateDir}/stage.json`;
const contentsPath = (stateDir: string): string => `${stateDir}/stage.bin`;

/**
 * Makes a run's changes durable before any of them is made: first the contents, then the plan, whose presence is the
 * mark. From then on the run can only go forward, with these very contents.
 */
export async function writeStage(
  host: Host,
  stateDir: string,
  plan: Omit<Stage, 'version' | 'etcd' | 'files' | 'createdAt'>,
  etcd: readonly EtcdEdit[],
  files: readonly FileEdit[],
): Promise<void> {
  const contents: Uint8Array[] = [];
  let offset = 0;
  const place = (bytes: Uint8Array | undefined): z.infer<typeof STAGED_CONTENT> => {
    if (bytes === undefined) return null;
    contents.push(bytes);
    offset += bytes.length;
    return { sha256: sha256(bytes), offset: offset - bytes.length, length: bytes.length };
  };
  const stage: Stage = {
    version: 1,
    ...plan,
    createdAt: host.now().toISOString(),
    etcd: etcd.map(({ change }) => ({
      key: change.key,
      ifModRevision: change.ifModRevision,
      hasLease: 'put' in change && (change.hasLease ?? false),
      after: place('put' in change ? change.put : undefined),
    })),
    files: files.map(({ path, like, before, content }) => ({
      path,
      ...(like === undefined ? {} : { like }),
      before: before === undefined ? null : sha256(before),
      after: place(content),
    })),
  };
  await host.makeDirectory(stateDir, 0o700);
  await host.writeAtomic(contentsPath(stateDir), Buffer.concat(contents), { mode: 0o600 });
  await host.writeAtomic(planPath(stateDir), JSON.stringify(stage), { mode: 0o600 });
}

/**
 * The stage of a run that was cut short; undefined if there is none.
 *
 * @throws RecertError `stage-broken`
 */
export async function readStage(host: Host, stateDir: string): Promise<OpenStage | undefined> {
  const text = await host.readText(planPath(stateDir));
  if (text === undefined) return undefined;
  const contents = await host.readBytes(contentsPath(stateDir));
  try {
    const stage = STAGE.parse(JSON.parse(text));
    if (contents === undefined) throw new Error('its contents are missing');
    return { stage, content: ({ offset, length }) => contents.subarray(offset, offset + length) };
  } catch (cause) {
    throw new RecertError('stage-broken', `The unfinished run staged in ${stateDir} cannot be read.`, {
      cause,
      remedy: `Restore the data from before that run, then remove ${stateDir}.`,
    });
  }
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
  return createHash('sha256').update(bytes).digest('hex');
}
