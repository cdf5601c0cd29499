import { WORKSPACE_DIRECTORY } from '../../core/contract/paths.ts';
import type { Host } from '../../core/host/host.ts';

/** Working files of a stage, all below `/var/lib/lca/workspace` (0700) and removed on the way to Idle. */
export const WORKSPACE = {
  directory: WORKSPACE_DIRECTORY,
  /** What the request asked for, resolved once: the seed's digest, its info, the stateroot's name. */
  seedDescription: `${WORKSPACE_DIRECTORY}/seed.json`,
  /** The seed image as an OCI layout. */
  layout: `${WORKSPACE_DIRECTORY}/image`,
  /** The seed's ostree objects, unpacked, for `ostree pull-local`. */
  repository: `${WORKSPACE_DIRECTORY}/repository`,
  /** The seed's metadata, unpacked. */
  metadata: `${WORKSPACE_DIRECTORY}/metadata`,
  /** Registry credentials taken from a Secret (0600). */
  authFile: `${WORKSPACE_DIRECTORY}/auth.json`,
  /** Marks of long steps that have ended, by step name; each holds the seed's digest. */
  marks: `${WORKSPACE_DIRECTORY}/done`,
  /** Backups that Upgrade has made, with the digests of their checksums. */
  backups: `${WORKSPACE_DIRECTORY}/backups.json`,
  /** Which engine backs up, and what it has stored of the cluster while that ran. */
  begunBackups: `${WORKSPACE_DIRECTORY}/begun-backups.json`,
  /** Exists while volumes have another reclaim policy than their owner gave them. */
  protectedVolumes: `${WORKSPACE_DIRECTORY}/protected-volumes`,
  /** Images that were not there when Prep began to pull them. */
  begunImages: `${WORKSPACE_DIRECTORY}/begun-images.json`,
  /** Images that Prep added to the container storage, to be removed by an abort. */
  pulledImages: `${WORKSPACE_DIRECTORY}/pulled-images.json`,
} as const;

export async function makeWorkspace(host: Host): Promise<void> {
  await host.makeDirectory(WORKSPACE.directory, 0o700);
}

/** Notes that a long step has ended for a seed; only after this is on disk does the step count as done. */
export async function mark(host: Host, step: string, digest: string): Promise<void> {
  await host.sync(WORKSPACE.directory);
  await host.writeAtomic(`${WORKSPACE.marks}/${step}`, `${digest}\n`, { mode: 0o600 });
}

/** Takes such a note back: what the step did has to be done anew. */
export async function unmark(host: Host, step: string): Promise<void> {
  await host.remove(`${WORKSPACE.marks}/${step}`);
}

export async function isMarked(host: Host, step: string, digest: string): Promise<boolean> {
  return (await host.readText(`${WORKSPACE.marks}/${step}`))?.trim() === digest;
}
