import type { Location } from '../inventory/location.ts';
import type { EtcdOverlay } from './etcd-overlay.ts';
import type { FileOverlay } from './file-overlay.ts';

/** Everything a run may change, as it will be. Renames of a platform work on this and on nothing else. */
export interface Workspace {
  /** Undefined in filesystem-only mode. */
  readonly etcd: EtcdOverlay | undefined;
  readonly files: FileOverlay;
  /** Trees the renames search. */
  readonly renameDirs: readonly string[];
  /** Single files offered to the renames. */
  readonly renameFiles: readonly string[];
}

/** Changes the value or file a location lies in. */
export async function editContainer(
  workspace: Workspace,
  { origin, name }: Pick<Location, 'origin' | 'name'>,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  if (origin === 'file') await workspace.files.edit(name, change);
  else await workspace.etcd?.edit(name, change);
}
