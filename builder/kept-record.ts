import { z } from 'zod';
import type { Host } from '../core/host/host.ts';
import { KEPT_PATH } from './work-directory.ts';

const RECORD = z.strictObject({
  version: z.literal(1),
  /** The directory whose content the etcd of the seed was. */
  dataDirectory: z.string(),
  /** What was kept, in the order of the copies `0`, `1`, … */
  paths: z.array(z.string()),
  /** There once putting back has begun: from then on it has to come to its end. */
  putBack: z
    .strictObject({
      /** The kept database lies beside the cluster's, whole. */
      isDatabaseCopied: z.boolean(),
      /** Paths that are as they were: whatever has changed there since is the node's own. */
      done: z.array(z.string()),
    })
    .optional(),
});

/** What was kept of a cluster, and how far it has been put back. */
export type KeptRecord = z.output<typeof RECORD>;

/** The record; undefined if nothing is kept. */
export async function readKept(host: Host): Promise<KeptRecord | undefined> {
  const text = await host.readText(KEPT_PATH);
  return text === undefined ? undefined : RECORD.parse(JSON.parse(text));
}

export async function writeKept(host: Host, record: KeptRecord): Promise<void> {
  await host.writeAtomic(KEPT_PATH, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
