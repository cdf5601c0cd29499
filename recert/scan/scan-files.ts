import type { Host } from '../../core/host/host.ts';
import { discover } from '../codec/nested/index.ts';
import type { Claim, Inventory } from '../inventory/inventory.ts';
import type { FileOverlay } from '../workspace/file-overlay.ts';
import { claimOfFile } from './claims.ts';

/** Crypto never sits in files larger than this; disk images and logs do. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Takes up all crypto in file trees and single files. Symbolic links are not followed (their targets are met on their
 * own), other filesystems mounted below are not entered, and pods' scratch volumes are foreign.
 *
 * @param onFile called with every file read
 */
export async function scanFiles(
  files: FileOverlay,
  directories: readonly string[],
  singles: readonly string[],
  inventory: Inventory,
  onFile: (path: string, content: Uint8Array) => void = () => undefined,
): Promise<number> {
  const seen = new Set<string>();
  const take = async (path: string, known?: Claim): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const content = await files.host.readBytes(path);
    if (content === undefined) return;
    onFile(path, content);
    const { found, faults } = discover(content);
    if (found.length === 0 && faults.length === 0) return;
    files.remember(path, content);
    const claim = known ?? claimOfFile(path, content);
    for (const item of found) inventory.add(item, { origin: 'file', name: path, steps: item.steps }, claim);
    for (const { error, steps } of faults) {
      inventory.addFault({ origin: 'file', name: path, steps }, claim, error.message);
    }
  };
  await inParallel(singles.map((path) => () => take(path, 'claimed')));
  for (const directory of directories) {
    const paths = await listFiles(files.host, directory);
    await inParallel(paths.map((path) => () => take(path)));
  }
  return seen.size;
}

/** Regular files of ordinary size below a directory, in name order. */
export async function listFiles(host: Host, directory: string, device?: number): Promise<readonly string[]> {
  const on = device ?? (await host.stat(directory))?.dev;
  const base = directory.replace(/\/$/, '');
  const names = await host.list(directory);
  const lists = await Promise.all(
    names.map(async (name): Promise<readonly string[]> => {
      const path = `${base}/${name}`;
      const stat = await host.stat(path);
      if (stat === undefined || stat.dev !== on || name === 'kubernetes.io~empty-dir') return [];
      if (stat.type === 'directory') return listFiles(host, path, on);
      return stat.type === 'file' && stat.size <= MOST_BYTES ? [path] : [];
    }),
  );
  return lists.flat();
}

const AT_ONCE = 16;

async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
