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
  const take = async (path: string, claim: Claim): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const content = await files.host.readBytes(path);
    if (content === undefined) return;
    onFile(path, content);
    const { found, faults } = discover(content);
    if (found.length === 0 && faults.length === 0) return;
    files.remember(path, content);
    for (const item of found) inventory.add(item, { origin: 'file', name: path, steps: item.steps }, claim);
    for (const { message, steps } of faults) {
      inventory.addFault({ origin: 'file', name: path, steps }, claim, message);
    }
  };
  for (const path of singles) await take(path, 'claimed');
  for (const directory of directories) {
    for await (const path of walkFiles(files.host, directory)) await take(path, claimOfFile(path));
  }
  return seen.size;
}

/** Regular files of ordinary size below a directory, in name order. */
export async function* walkFiles(host: Host, directory: string, device?: number): AsyncGenerator<string> {
  const own = await host.stat(directory);
  const on = device ?? own?.dev;
  for (const name of await host.list(directory)) {
    const path = `${directory.replace(/\/$/, '')}/${name}`;
    const stat = await host.stat(path);
    if (stat === undefined || stat.dev !== on || name === 'kubernetes.io~empty-dir') continue;
    if (stat.type === 'directory') yield* walkFiles(host, path, on);
    else if (stat.type === 'file' && stat.size <= MOST_BYTES) yield path;
  }
}
