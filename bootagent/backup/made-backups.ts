import { z } from 'zod';
import type { Host } from '../../core/host/host.ts';
import { WORKSPACE } from '../stages/workspace.ts';

const schema = z.object({
  /** The request that they were made for. */
  request: z.string(),
  /** Digest of each backup's list of checksums, by name. */
  backups: z.record(z.string(), z.string()),
});

/** The backups that Upgrade has made for a request; undefined if it has not, or not since workloads last ran. */
export async function readMadeBackups(
  host: Host,
  request: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const text = await host.readText(WORKSPACE.backups);
  if (text === undefined) return undefined;
  try {
    const made = schema.parse(JSON.parse(text));
    return made.request === request ? made.backups : undefined;
  } catch {
    return undefined; // damaged: they are made anew
  }
}

/** Backups that are begun anew are no longer the ones that were made. */
export async function forgetMadeBackups(host: Host): Promise<void> {
  await host.remove(WORKSPACE.backups);
}

export async function writeMadeBackups(
  host: Host,
  request: string,
  backups: Readonly<Record<string, string>>,
): Promise<void> {
  await host.writeAtomic(WORKSPACE.backups, JSON.stringify({ request, backups }), { mode: 0o600 });
}
