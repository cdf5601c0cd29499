import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { arrayItems, offsetsOf } from './gvariant.ts';
import { SeedImageError } from './seed-image-error.ts';
import type { ByteName } from './tar-header.ts';

/** A file or symbolic link of a commit. */
export interface CommitFile {
  /** Absolute path inside the commit: `/usr/bin/bash`. */
  readonly path: ByteName;
  /** Its object's path below `objects/`: `ab/cd….file`. */
  readonly object: string;
}

/** Everything a commit is made of. */
export interface CommitContent {
  readonly files: readonly CommitFile[];
  /** Objects of the commit, its directories and their metadata, below `objects/`, sorted. */
  readonly metadataObjects: readonly string[];
}

/**
 * Walks a commit in a repository, from its objects themselves: names of any kind come out exactly, and nothing is
 * taken that the commit does not need. (`ostree ls` prints names with newlines ambiguously, and the whole repository
 * holds other commits too.)
 *
 * @throws SeedImageError `object-missing`, `image-invalid`
 */
export async function walkCommit(host: Host, repository: string, checksum: string): Promise<CommitContent> {
  const objects = join(repository, 'objects');
  const metadata = new Set<string>();
  const files: CommitFile[] = [];

  const read = async (object: string): Promise<Buffer> => {
    const bytes = await host.readBytes(join(objects, object));
    if (bytes === undefined) {
      throw new SeedImageError(
        'object-missing',
        `Repository ${repository} lacks ${object} of commit ${checksum}.`,
        {
          remedy: `Check the repository: ostree fsck --repo=${repository}.`,
        },
      );
    }
    metadata.add(object);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  const walk = async (tree: string, directory: ByteName): Promise<void> => {
    const { entries, directories } = parseTree(await read(tree), tree);
    for (const { name, checksum: file } of entries) {
      files.push({ path: `${directory}/${name}`, object: objectPath(file, 'file') });
    }
    for (const { name, tree: below, meta } of directories) {
      metadata.add(objectPath(meta, 'dirmeta'));
      await walk(objectPath(below, 'dirtree'), `${directory}/${name}`);
    }
  };

  const commit = objectPath(Buffer.from(checksum, 'hex'), 'commit');
  const roots = parseCommit(await read(commit), commit);
  metadata.add(objectPath(roots.meta, 'dirmeta'));
  await walk(objectPath(roots.tree, 'dirtree'), '');
  const detached = `${commit}meta`;
  if ((await host.stat(join(objects, detached))) !== undefined) metadata.add(detached);
  return { files, metadataObjects: [...metadata].toSorted() };
}

function objectPath(checksum: Buffer, type: string): string {
  const hex = checksum.toString('hex');
  return `${hex.slice(0, 2)}/${hex.slice(2)}.${type}`;
}

/** A commit is `(a{sv}aya(say)sstayay)`; its last two members are the root's directory tree and metadata. */
function parseCommit(data: Buffer, object: string): { readonly tree: Buffer; readonly meta: Buffer } {
  const { offsets, bodyEnd } = offsetsOf(data, 6);
  const treeEnd = offsets[5] as number;
  const subjectsEnd = offsets[4] as number;
  const treeStart = Math.ceil(subjectsEnd / 8) * 8 + 8; // past the body text comes an aligned 64-bit time
  return {
    tree: checksumIn(data.subarray(treeStart, treeEnd), object),
    meta: checksumIn(data.subarray(treeEnd, bodyEnd), object),
  };
}

/** A directory tree is `(a(say)a(sayay))`: files with their checksums, directories with theirs. */
function parseTree(data: Buffer, object: string) {
  if (data.length === 0) return { entries: [], directories: [] };
  const { offsets, bodyEnd } = offsetsOf(data, 1);
  const filesEnd = offsets[0] as number;
  const entries = arrayItems(data.subarray(0, filesEnd)).map((item) => {
    const ends = offsetsOf(item, 1);
    const nameEnd = ends.offsets[0] as number;
    return {
      name: nameIn(item, nameEnd),
      checksum: checksumIn(item.subarray(nameEnd, ends.bodyEnd), object),
    };
  });
  const directories = arrayItems(data.subarray(filesEnd, bodyEnd)).map((item) => {
    const ends = offsetsOf(item, 2);
    const [nameEnd, treeEnd] = ends.offsets as [number, number];
    return {
      name: nameIn(item, nameEnd),
      tree: checksumIn(item.subarray(nameEnd, treeEnd), object),
      meta: checksumIn(item.subarray(treeEnd, ends.bodyEnd), object),
    };
  });
  return { entries, directories };
}

function nameIn(item: Buffer, end: number): ByteName {
  return item.toString('latin1', 0, end - 1); // the text's own NUL
}

function checksumIn(bytes: Buffer, object: string): Buffer {
  if (bytes.length === 32) return bytes;
  throw new SeedImageError('image-invalid', `Object ${object} of the ostree repository is damaged.`);
}
