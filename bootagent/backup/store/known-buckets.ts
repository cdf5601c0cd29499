import { z } from 'zod';
import { BACKUP_DIRECTORY } from '../../../core/contract/paths.ts';
import type { Host } from '../../../core/host/host.ts';
import type { S3Access } from '../../../core/tools/s3/s3-access.ts';

/**
 * The buckets that hold this upgrade's backups, with what is needed to reach them: beside the stateroots, so that the
 * old system and the new one know the same, for root alone, and gone with the backups.
 */
const PATH = `${BACKUP_DIRECTORY}/buckets.json`;

const access = z.object({
  name: z.string(),
  endpoint: z.string(),
  bucket: z.string(),
  region: z.string(),
  pathStyle: z.boolean(),
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string().nullable(),
  }),
  trusted: z.array(z.string()),
  insecureSkipVerify: z.boolean(),
  encryption: z.record(z.string(), z.string()),
});
const schema = z.record(
  z.string(),
  z.object({ access, prefix: z.string(), begun: z.record(z.string(), z.string()) }),
);

/** A bucket and what of this upgrade lies in it. */
export interface KnownBucket {
  readonly access: S3Access;
  readonly prefix: string;
  /** Backups that this node has begun there, each with its Restore. */
  readonly begun: Readonly<Record<string, string>>;
}

/** By the name of their location; a file that is damaged is as good as none: only lca writes it. */
export async function readKnownBuckets(host: Host): Promise<Readonly<Record<string, KnownBucket>>> {
  const text = await host.readText(PATH);
  if (text === undefined) return {};
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

export async function writeKnownBuckets(
  host: Host,
  buckets: Readonly<Record<string, KnownBucket>>,
): Promise<void> {
  await host.makeDirectory(BACKUP_DIRECTORY, 0o700);
  await host.writeAtomic(PATH, JSON.stringify(buckets), { mode: 0o600 });
}

export async function forgetBuckets(host: Host): Promise<void> {
  await host.remove(PATH);
}
