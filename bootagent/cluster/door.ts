import { basename } from 'node:path';
import { writeClusterDoor } from '../../core/contract/cluster-door.ts';
import {
  LCA_DIRECTORY,
  OBJECTS_DIRECTORY,
  REQUEST_PATH,
  SEED_GENERATOR_PATH,
  SEED_GENERATOR_STATUS_PATH,
  SEED_SNAPSHOT_PATH,
} from '../../core/contract/paths.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { SEED_GENERATOR } from '../../core/tools/kubernetes/known-types.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { ResourceType } from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { AgentContext } from '../agent/agent-context.ts';
import { Wake } from '../agent/wake.ts';
import type { OpenDoor } from './door-context.ts';
import { findKubeconfig } from './find-kubeconfig.ts';
import { installDefinitions } from './install-definitions.ts';
import { RequestChanged } from './replace-request.ts';
import { IMAGE_BASED_UPGRADES } from './resource-types.ts';
import { synchronize } from './synchronize.ts';
import { synchronizeSeedGenerator } from './synchronize-seed-generator.ts';

/** Objects that the spec refers to are not watched; changes of them are seen after this long. */
const ROUND_MS = 60_000;
/** Files whose change begins a round. */
const WATCHED = [REQUEST_PATH, SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH].map((path) => basename(path));
/** While a seed's snapshot is taken nothing is made in the cluster. */
const SNAPSHOT_MS = 2000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const MOST_RESTARTS = 20;

/**
 * The second door: keeps `/var/lib/lca` and the cluster's ImageBasedUpgrade the same, while there is a kubeconfig. The
 * API may come and go; the files go on without it, and both meet again when it is back.
 */
export async function runDoor(context: AgentContext, signal: AbortSignal): Promise<void> {
  const { host, log, blackBox } = context;
  let pause = FIRST_PAUSE_MS;
  let outage: string | undefined;
  while (!signal.aborted) {
    const kubeconfig = await findKubeconfig(host);
    if (kubeconfig === undefined) return;
    const closed = new AbortController();
    const both = AbortSignal.any([signal, closed.signal]);
    let client: KubernetesClient | undefined;
    try {
      client = await KubernetesClient.fromKubeconfig(host, kubeconfig);
      await serve({ ...context, client, signal: both }, async () => {
        pause = FIRST_PAUSE_MS;
        if (outage === undefined) return;
        outage = undefined;
        log.info('the Kubernetes API is back');
        await blackBox.record({
          kind: 'decision',
          message: 'The Kubernetes API is back; the resource follows the files again',
        });
      });
    } catch (error) {
      if (signal.aborted) return;
      // told once: an outage may last for hours
      if (outage !== messageOf(error)) log.warn(`the files are on their own: ${messageOf(error)}`);
      if (outage === undefined)
        await blackBox.record({ kind: 'failure', message: `Cluster door: ${messageOf(error)}` });
      outage = messageOf(error);
    } finally {
      closed.abort(new Error('The door is closed.'));
      client?.close();
    }
    await host.sleep(pause, signal).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Rounds whenever the resource, the file or the status changes, until the API fails. */
async function serve(door: OpenDoor, isWell: () => Promise<void>): Promise<never> {
  const { host, store, signal } = door;
  const wake = new Wake();
  signal.addEventListener('abort', () => wake.up());
  await installDefinitions(door);
  const watchers = [
    host.watch(LCA_DIRECTORY, (name) => {
      if (name === undefined || WATCHED.includes(name)) wake.up();
    }),
    { stop: store.onChange(() => wake.up()) },
  ];
  if ((await host.stat(OBJECTS_DIRECTORY)) !== undefined)
    watchers.push(host.watch(OBJECTS_DIRECTORY, () => wake.up()));
  let broken: unknown;
  const watching = Promise.all(
    [IMAGE_BASED_UPGRADES, SEED_GENERATOR].map((type) => watch(door, type, wake)),
  ).catch((error: unknown) => {
    broken = error;
    wake.up();
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      if (broken !== undefined) throw broken;
      const isSnapshot = (await host.stat(SEED_SNAPSHOT_PATH)) !== undefined;
      // the builder deletes the resource, for it must not be in the image; that is no wish to begin anew
      if (isSnapshot) await writeClusterDoor(host, undefined);
      else await round(door);
      await isWell();
      await wake.wait(isSnapshot ? SNAPSHOT_MS : ROUND_MS);
    }
  } finally {
    for (const watcher of watchers) watcher.stop();
    door.client.close();
    void watching;
  }
}

/** One round; begun again where somebody else changed one of the sides in the middle of it. */
async function round(door: OpenDoor): Promise<void> {
  for (let left = MOST_RESTARTS; ; left -= 1) {
    try {
      await synchronize(door);
      return await synchronizeSeedGenerator(door);
    } catch (error) {
      const isOvertaken =
        error instanceof RequestChanged ||
        (error instanceof KubernetesError && ['conflict', 'already-exists'].includes(error.code));
      // deleted in the middle, perhaps with its definition
      const isGone = error instanceof KubernetesError && error.code === 'not-found';
      if (left === 0 || !(isOvertaken || isGone)) throw error;
      if (isGone) await installDefinitions(door);
    }
  }
}

/** Wakes the door whenever a resource changes. */
async function watch({ client, signal }: OpenDoor, kind: ResourceType, wake: Wake): Promise<void> {
  for (;;) {
    try {
      for await (const { type } of client.watch(kind, { signal })) {
        if (type !== 'BOOKMARK') wake.up();
      }
    } catch (error) {
      if (!(error instanceof KubernetesError && error.code === 'gone')) throw error;
    }
    wake.up();
  }
}
