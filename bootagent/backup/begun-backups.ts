import { z } from 'zod';
import type { ReadOnly } from '../../core/contract/read-only.ts';
import type { Host } from '../../core/host/host.ts';
import { bootId } from '../../core/log/black-box.ts';
import { isDigest } from '../../core/seedimage/digest.ts';
import { WORKSPACE } from '../stages/workspace.ts';
import { BackupError } from './backup-error.ts';

export const ENGINES = ['embedded', 'velero'] as const;
export type EngineName = (typeof ENGINES)[number];

const begunBackup = z.object({
  /** RFC 3339 */
  started: z.string(),
  objects: z.array(z.object({ name: z.string(), size: z.int(), digest: z.string().refine(isDigest) })),
  /** Resources in the archive. */
  items: z.int(),
  server: z.object({ gitVersion: z.string(), major: z.string(), minor: z.string() }).nullable(),
});
const schema = z.object({
  request: z.string(),
  /** A cluster that has run again since is another one. */
  bootId: z.string(),
  engine: z.enum(ENGINES),
  backups: z.record(z.string(), begunBackup),
});

/** What has been stored of the cluster for one Backup; data at rest is added later. */
export type BegunBackup = ReadOnly<z.output<typeof begunBackup>>;
export type BegunBackups = ReadOnly<Omit<z.output<typeof schema>, 'request' | 'bootId'>>;

/** What was stored of the running cluster for a request in this boot; undefined if that is to be done (anew). */
export async function readBegunBackups(host: Host, request: string): Promise<BegunBackups | undefined> {
  const text = await host.readText(WORKSPACE.begunBackups);
  if (text === undefined) return undefined;
  try {
    const begun = schema.parse(JSON.parse(text));
    return begun.request === request && begun.bootId === (await bootId(host)) ? begun : undefined;
  } catch {
    return undefined; // damaged: it is done anew
  }
}

/**
 * Something was stored of the cluster for each of these Backups: without it one would be finished as an empty one.
 *
 * @throws BackupError `backup-failed`
 */
export function checkAllBegun(names: readonly string[], begun: BegunBackups | undefined): void {
  const missing = names.find((name) => begun?.backups[name] === undefined);
  if (missing === undefined) return;
  throw new BackupError(
    'backup-failed',
    `Backup ${missing} holds nothing of the cluster, which does not run any more.`,
    { remedy: 'Go to Idle and make the upgrade anew.' },
  );
}

export async function writeBegunBackups(host: Host, request: string, begun: BegunBackups): Promise<void> {
  const note = { request, bootId: await bootId(host), ...begun };
  await host.writeAtomic(WORKSPACE.begunBackups, JSON.stringify(note), { mode: 0o600 });
}
