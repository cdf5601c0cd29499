import { createHash } from 'node:crypto';
import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What `npm run bench -- NAME --share=0.25 --rounds=5` says. */
export interface BenchOptions {
  /** Part of the files that are taken, 0 to 1: for a machine that has other things to do. */
  readonly share: number;
  readonly rounds: number;
}

/** Reads a benchmark's own arguments. */
export function benchOptions(rounds: number): BenchOptions {
  const { values } = parseArgs({ options: { share: { type: 'string' }, rounds: { type: 'string' } } });
  return { share: Number(values.share ?? 1), rounds: Number(values.rounds ?? rounds) };
}

/** Copies directories of this machine; which files a share below 1 takes depends on their paths alone. */
export async function copySample(sources: readonly string[], to: string, share: number): Promise<void> {
  for (const source of sources) {
    await cp(source, join(to, source), {
      recursive: true,
      verbatimSymlinks: true,
      filter: async (path) => share >= 1 || isTaken(path, share) || (await stat(path)).isDirectory(),
    });
  }
}

function isTaken(path: string, share: number): boolean {
  return createHash('sha256').update(path).digest().readUInt16BE(0) < share * 65_536;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
