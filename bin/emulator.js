// QEMU 7.2 emulates two processors with a race: while a kernel exchanges instructions of its own (static keys), one of
// them may go on executing the breakpoint that was only there for a moment, and panics. Nothing of ours can cause that
// message, so a test that met it has shown nothing and may run again.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './checkout.js';

const FAULT = 'Oops: int3: 0000';

/**
 * Consoles of test nodes on which that panic was printed.
 * @param {number} since milliseconds since 1970; consoles not written to since then do not count
 * @param {string} [directory] where consoles are kept
 * @returns {readonly string[]} paths
 */
export function consolesWithEmulatorFault(since, directory = join(ROOT, '.cache/vm/logs')) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log'))
    .map((file) => join(directory, file))
    .filter((file) => statSync(file).mtimeMs >= since && readFileSync(file, 'utf8').includes(FAULT))
    .toSorted();
}
