// What storing and restoring a volume costs. The peer is `tar | zstd -3` of the same tree, its output flushed to the same
// filesystem, one after the other in the same run; and how much memory lca takes while it streams.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { restoreVolume } from '../bootagent/backup/restore-volume.ts';
import { saveVolume } from '../bootagent/backup/save-volume.ts';
import { DirectoryStore } from '../bootagent/backup/store/directory-store.ts';
import { RealHost } from '../core/host/real-host.ts';
import { benchOptions, copySample, median } from './support/sample-tree.ts';

const ROUNDS = 5;
const SAMPLE_MS = 50;
const MB = 1e6;
/** Real files of this machine: programs and libraries, and many small texts. */
const SOURCES = ['/usr/bin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/python3', '/usr/share/doc'] as const;

const TAR = ['--xattrs', '--xattrs-include=*', '--acls', '--numeric-owner'] as const;
/** tar starts zstd itself and joins the two by a pipe. */
const ZSTD = '--use-compress-program=zstd -q -3';

const { share, rounds } = benchOptions(ROUNDS);
const directory = await mkdtemp(join(tmpdir(), 'lca-bench-'));
try {
  const tree = join(directory, 'tree');
  await copySample(SOURCES, tree, share);
  const host = new RealHost();
  const store = new DirectoryStore(host, join(directory, 'store'));
  const signal = new AbortController().signal;
  const options = { host, store, backup: 'bench', onProgress: () => undefined, signal };
  const source = { named: tree, path: tree, type: 'directory' as const };

  await saveVolume(options, source); // both find the tree in the page cache
  const ours: number[] = [];
  const theirs: number[] = [];
  let bytes = 0;
  let memory = 0;
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await seconds(() => peerSaves(tree, join(directory, 'peer.tar.zst'))));
    const watch = watchMemory();
    ours.push(await seconds(async () => (bytes = (await saveVolume(options, source)).archiveBytes)));
    memory = Math.max(memory, watch());
  }
  const volume = await saveVolume(options, source);
  print('stored', bytes, ours, theirs);
  console.log(
    `size: lca ${(volume.size / MB).toFixed(0)} MB, peer ${((await stat(join(directory, 'peer.tar.zst'))).size / MB).toFixed(0)} MB`,
  );
  console.log(
    `most memory beyond that at rest while storing ${(bytes / MB).toFixed(0)} MB: ${memory.toFixed(0)} MB`,
  );

  const back = join(directory, 'back');
  const restoring = { ...options, policy: 'update' as const, marks: join(directory, 'marks') };
  const oursBack: number[] = [];
  const theirsBack: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await rm(back, { recursive: true, force: true });
    theirsBack.push(await seconds(() => peerRestores(join(directory, 'peer.tar.zst'), back)));
    await rm(back, { recursive: true, force: true });
    oursBack.push(await seconds(() => restoreVolume(restoring, { ...volume, path: back, parents: [] })));
  }
  print('restored', bytes, oursBack, theirsBack);
} finally {
  await execa('rm', ['-rf', '--one-file-system', directory]);
}

async function peerSaves(tree: string, to: string): Promise<void> {
  await run('tar', '--create', '--sparse', ...TAR, ZSTD, `--file=${to}`, `--directory=${tree}`, '.');
  await run('sync', to);
}

async function peerRestores(from: string, to: string): Promise<void> {
  await mkdir(to);
  await run(
    'tar',
    '--extract',
    '--preserve-permissions',
    ...TAR,
    ZSTD,
    `--file=${from}`,
    `--directory=${to}`,
  );
  await run('sync', '--file-system', to);
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  await execa(program, args, { stdin: 'ignore' });
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** @returns ends the watch and gives the most megabytes that this process took beyond what it had at the beginning */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return (most - before) / MB;
  };
}

function print(what: string, bytes: number, ours: readonly number[], theirs: readonly number[]): void {
  const rate = (times: readonly number[]) => bytes / MB / median(times);
  console.log(`${what} by lca:           ${rate(ours).toFixed(0)} MB/s (median of ${rounds})`);
  console.log(`${what} by tar and zstd:  ${rate(theirs).toFixed(0)} MB/s`);
  console.log(`ratio: ${(rate(ours) / rate(theirs)).toFixed(2)} (target: at least 0.9)`);
}
