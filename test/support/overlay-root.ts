import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { RealHost } from '../../core/host/real-host.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** A machine that has this one's programs, and whose changes stay in memory. */
export interface OverlayRoot {
  readonly host: RealHost;
  /** Writes a file; what begins with `#!` is executable. */
  write(path: string, text: string): Promise<void>;
  /** Runs a command line in it, as a person would type it. */
  shell(line: string): Promise<void>;
}

/** Mounts this machine's root with a layer in memory above it; gone when the test is over. Needs root, as podman tests do. */
export async function overlayRoot(t: ExecutionContext): Promise<OverlayRoot> {
  const base = await temporaryDirectory(t);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'lca-test', base]);
  t.teardown(() => run('umount', ['--lazy', base]));
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upper, work, merged]) await mkdir(path);
  const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`;
  await run('mount', ['-t', 'overlay', '-o', layers, 'lca-test', merged]);
  t.teardown(() => run('umount', ['--lazy', merged]));
  return {
    host: new RealHost({ root: merged, enter: 'chroot' }),
    async write(path, text) {
      await mkdir(dirname(merged + path), { recursive: true });
      await writeFile(merged + path, text);
      if (text.startsWith('#!')) await chmod(merged + path, 0o755);
    },
    async shell(line) {
      // without this machine's network, which a command line may be about
      await run('unshare', ['--net', '--uts', '--ipc', 'chroot', merged, '/bin/sh', '-ec', line]);
    },
  };
}
