import type { Host } from '../host/host.ts';

const COPY = ['cp', '--archive', '--reflink=auto', '--sparse=auto', '--force'] as const;

/**
 * Copies files or whole trees with everything that belongs to them: owners, modes, times, ACLs, extended attributes,
 * security labels, hard links, holes; blocks are shared where the filesystem can (cp(1), `--archive`).
 *
 * @param from absolute path on the machine
 * @param to absolute path on the machine that the copy shall have; its parent must exist. A directory that is there is
 *   merged into, a file replaced.
 */
export async function copyTree(host: Host, from: string, to: string, timeoutMs = 60 * 60_000): Promise<void> {
  await host.run([...COPY, '--no-target-directory', '--', from, to], {
    description: `copy ${from} to ${to}`,
    timeoutMs,
  });
}

/**
 * Copies files or whole trees into a directory that is there, under their own names and with everything that belongs
 * to them, as `copyTree` does one.
 */
export async function copyInto(host: Host, from: readonly string[], directory: string): Promise<void> {
  await host.run([...COPY, `--target-directory=${directory}`, '--', ...from], {
    description: `copy ${from.length === 1 ? from[0] : `${from.length} files`} to ${directory}`,
    timeoutMs: 60 * 60_000,
  });
}

/** Bytes that a tree takes on disk; 0 if it is not there (du(1)). */
export async function treeSize(host: Host, path: string): Promise<number> {
  if ((await host.stat(path)) === undefined) return 0;
  const result = await host.run(['du', '--summarize', '--one-file-system', '--block-size=1', '--', path], {
    description: `measure ${path}`,
    timeoutMs: 30 * 60_000,
  });
  return Number(result.stdout.split('\t')[0]);
}

/** Files, directories and everything else in a tree, itself included; hard links to one file count once (du(1)). */
export async function treeInodes(host: Host, path: string): Promise<number> {
  const result = await host.run(['du', '--summarize', '--one-file-system', '--inodes', '--', path], {
    description: `count what is in ${path}`,
    timeoutMs: 30 * 60_000,
  });
  return Number(result.stdout.split('\t')[0]);
}

/** The path with all symbolic links followed; undefined if it does not exist (realpath(1)). */
export async function realPath(host: Host, path: string): Promise<string | undefined> {
  const result = await host.run(['realpath', '--canonicalize-existing', '--zero', '--', path], {
    description: `follow ${path}`,
    timeoutMs: 60_000,
    okExitCodes: [0, 1],
  });
  return result.exitCode === 0 ? result.stdout.replace(/\0$/, '') : undefined;
}
