import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { HEALTH_DIRECTORY, LCA_DIRECTORY, OBJECTS_DIRECTORY } from '../contract/paths.ts';
import type { Host } from '../host/host.ts';
import { InstallError } from './install-error.ts';
import { enabledIn } from './units.ts';

/** The program's path; unit files name it. On ostree systems `/usr/local` leads to `/var/usrlocal`. */
export const PROGRAM_PATH = '/usr/local/bin/lca';
/** Where the node's own units lie; `/usr` is read-only on ostree systems. */
export const UNIT_DIRECTORY = '/etc/systemd/system';

const COMMAND_TIMEOUT_MS = 60_000;

export interface InstallSource {
  /** Opens the executable; called more than once. */
  readonly openProgram: () => Readable;
  /** Texts of the unit files, by path below a unit directory. */
  readonly units: ReadonlyMap<string, string>;
}

/** What was done to one path of the node. */
export interface Installed {
  readonly path: string;
  readonly change: 'written' | 'linked' | 'made' | 'unchanged';
}

/**
 * Puts the program and its units on a machine and enables the units. What is already as it should be stays untouched,
 * so it may be run again at any time, also to replace an older lca. Nothing is started or stopped.
 *
 * @param host the machine, or any tree that will be one; no command runs but `restorecon` where SELinux asks for it
 * @returns what was done, by path
 */
export async function install(host: Host, source: InstallSource): Promise<readonly Installed[]> {
  if ((await host.stat('/')) === undefined) {
    throw new InstallError('no-such-root', `There is no directory ${host.root} to install in.`);
  }
  const done: Installed[] = [];
  for (const [path, mode] of DIRECTORIES) done.push(await makeDirectory(host, path, mode));
  done.push(await installProgram(host, source.openProgram));
  for (const [name, text] of source.units)
    done.push(await installUnit(host, `${UNIT_DIRECTORY}/${name}`, text));
  for (const [name, text] of source.units) {
    for (const directory of enabledIn(text)) {
      const link = `${UNIT_DIRECTORY}/${directory}/${name}`;
      done.push(await makeLink(host, link, `${UNIT_DIRECTORY}/${name}`));
    }
  }
  await relabel(host, done);
  return done;
}

/** Tells a running systemd of new units; where none runs, nothing. */
export async function reloadUnits(host: Host): Promise<boolean> {
  if ((await host.stat('/run/systemd/system')) === undefined) return false;
  await host.run(['systemctl', 'daemon-reload'], {
    description: 'tell systemd of the new units',
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  return true;
}

/** What a user may put files into, with permissions: objects may be Secrets. */
const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  [LCA_DIRECTORY, 0o755],
  [OBJECTS_DIRECTORY, 0o700],
  [`${HEALTH_DIRECTORY}/required.d`, 0o755],
  [`${HEALTH_DIRECTORY}/wanted.d`, 0o755],
];

async function makeDirectory(host: Host, path: string, mode: number): Promise<Installed> {
  if ((await host.stat(path)) !== undefined) return { path, change: 'unchanged' };
  await host.makeDirectory(path, mode);
  return { path, change: 'made' };
}

async function installProgram(host: Host, open: () => Readable): Promise<Installed> {
  const path = PROGRAM_PATH;
  const found = await host.stat(path);
  if (found?.type === 'file' && (await sha256(host.openRead(path))) === (await sha256(open()))) {
    if (found.mode !== 0o755) await host.chmod(path, 0o755);
    return { path, change: 'unchanged' };
  }
  // A new file in place of the old: a running lca keeps the one it was started from.
  await host.writeAtomic(path, open(), { mode: 0o755 });
  return { path, change: 'written' };
}

async function installUnit(host: Host, path: string, text: string): Promise<Installed> {
  if ((await host.readText(path)) === text) return { path, change: 'unchanged' };
  await host.writeAtomic(path, text, { mode: 0o644 });
  return { path, change: 'written' };
}

async function makeLink(host: Host, path: string, target: string): Promise<Installed> {
  if ((await host.readLink(path)) === target) return { path, change: 'unchanged' };
  await host.remove(path);
  await host.makeDirectory(dirname(path));
  await host.makeSymlink(path, target);
  return { path, change: 'linked' };
}

/** systemd may only start programs with the right SELinux label, and a directory made just now may have none. */
async function relabel(host: Host, done: readonly Installed[]): Promise<void> {
  const changed = done.filter(({ change }) => change !== 'unchanged').map(({ path }) => path);
  const enforced = host.root === '/' && (await host.stat('/sys/fs/selinux/enforce')) !== undefined;
  if (!enforced || changed.length === 0) return;
  await host.run(['restorecon', '-F', dirname(PROGRAM_PATH), ...changed], {
    description: 'give the installed files their SELinux labels',
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
