import type { Host } from '../core/host/host.ts';
import type { Digest } from '../core/seedimage/digest.ts';
import { Journal } from '../core/sequence/journal.ts';
import {
  type PlannedStep,
  planSequence,
  runSequence,
  type SequenceEvent,
} from '../core/sequence/run-sequence.ts';
import { bootedLayout, type NodeLayout } from './node-layout.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { SEED_CREATE } from './plan.ts';
import { registryHost } from './registry-host.ts';
import { makeGood } from './restore-seed-node.ts';
import type { SeedContext, SeedRequest } from './seed-context.ts';
import { BUILD_JOURNAL_PATH, IMAGE_DIRECTORY } from './work-directory.ts';

export interface CreateOptions {
  /** The machine this process runs on, where that is a container of the node; else the node itself. */
  readonly here?: Host;
  readonly observe?: (event: SequenceEvent) => void | Promise<void>;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  /** Where the node's system lies; default: what it has booted. */
  readonly node?: NodeLayout;
}

/** A finished seed image. */
export interface CreatedSeed {
  readonly pullSpec: string;
  readonly digest: Digest;
  readonly version: string;
  readonly layers: number;
  /** Bytes of all blobs, and on disk when unpacked. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly leftOut: readonly { readonly path: string; readonly because: string }[];
}

/**
 * Makes a seed image of this node and pushes it. Whatever happens, the node is as it was when this returns: what was
 * stopped runs, nothing is left on disk. If this process is killed, the next call begins with that.
 *
 * @throws SequenceError naming the step, its cause an error of the step
 * @throws BuilderError `busy`; `not-restored` if something that was stopped does not start
 */
export async function createSeed(
  host: Host,
  request: SeedRequest,
  options: CreateOptions = {},
): Promise<CreatedSeed> {
  return oneAtATime(host, () => createAlone(host, request, options));
}

async function createAlone(host: Host, request: SeedRequest, options: CreateOptions): Promise<CreatedSeed> {
  await makeGood(host, request.ownProcess);
  const context = await seedContext(host, request, options);
  const journal = new Journal(host, BUILD_JOURNAL_PATH);
  const key = host.now().toISOString(); // a run is never continued: what it had found is gone with its process
  let failure: { readonly error: unknown } | undefined;
  try {
    await runSequence(SEED_CREATE, context, {
      journal,
      key,
      observe: options.observe ?? (() => undefined),
      signal: context.signal,
    });
  } catch (error) {
    failure = { error };
  }
  const unrestored = await makeGood(host, request.ownProcess).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (failure !== undefined) {
    if (context.findings.isWriting === true && context.findings.finished === undefined)
      await host.remove(context.layout); // an image that is not whole; the directory was ours before it was begun
    if (unrestored === undefined) throw failure.error;
    throw new AggregateError(
      [failure.error, unrestored.error],
      `${text(failure.error)} ${text(unrestored.error)}`,
    );
  }
  if (unrestored !== undefined) throw unrestored.error;
  return summary(context);
}

/** The steps and what each finds out without changing anything: for `--dry-run`. */
export async function planSeed(
  host: Host,
  request: SeedRequest,
  options: CreateOptions = {},
): Promise<readonly PlannedStep[]> {
  return planSequence(SEED_CREATE, await seedContext(host, request, options));
}

async function seedContext(host: Host, request: SeedRequest, options: CreateOptions): Promise<SeedContext> {
  return {
    host,
    registryHost: await registryHost(host, options.here ?? host, request.registry.authfile),
    request,
    node: options.node ?? (await bootedLayout(host)),
    layout: request.outputDirectory ?? IMAGE_DIRECTORY,
    onBytes: options.onBytes ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    findings: {},
  };
}

function summary({ request, findings }: SeedContext): CreatedSeed {
  const { system = [], etc, var: data, info, finished } = findings;
  if (finished === undefined || info === undefined)
    throw new Error('The seed came to its end without an image.');
  const layers = [...system, ...(etc?.layers ?? []), ...(data?.layers ?? [])];
  return {
    pullSpec: request.pullSpec,
    digest: finished.digest,
    version: info.seed_cluster_ocp_version,
    layers: layers.length + 1,
    bytes: finished.bytes,
    unpackedBytes: layers.reduce((sum, { record }) => sum + record.unpacked, 0),
    leftOut: [...(etc?.leftOut ?? []), ...(data?.leftOut ?? []), ...(findings.imagesLeftOut ?? [])],
  };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
