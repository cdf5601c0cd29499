/** One thing in a tree. */
export interface TreeEntry {
  /** Relative to the tree's root; empty for the root. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly executable: boolean;
}

/** The files directory: what `local` paths and trees name, at hand. Every method throws LocalFileProblem. */
export interface LocalFiles {
  read(local: string): Uint8Array;
  readLink(local: string): string;
  isDirectory(local: string): boolean;
  /** A folder and all below it, in lexical order, links not followed. */
  walk(local: string): readonly TreeEntry[];
}

/** Why a local file cannot be used; to be reported at the place in the config that names it. */
export class LocalFileProblem extends Error {}

export const NO_FILES_DIRECTORY =
  'local file paths are relative to a files directory that must be specified with -d/--files-dir';
export const ESCAPES_FILES_DIRECTORY = 'local file path traverses outside the files directory';
