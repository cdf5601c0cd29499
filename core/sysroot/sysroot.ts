import type { Host } from '../host/host.ts';
import { type BootEntry, parseBootEntry } from './boot-entry.ts';
import { SysrootError } from './sysroot-error.ts';

const ENTRIES = '/boot/loader/entries';

/** One deployment of an ostree sysroot, in boot order. */
export interface Deployment {
  /** Position in boot order, 0 = default. A staged deployment, which has no place in it yet, is not counted. */
  readonly index: number;
  readonly stateroot: string;
  /** The commit's checksum, 64 hex digits. */
  readonly checksum: string;
  readonly serial: number;
  /** Absolute path: `/ostree/deploy/<stateroot>/deploy/<checksum>.<serial>`. */
  readonly path: string;
  readonly booted: boolean;
  readonly entry: BootEntry;
}

/** The sysroot's deployments, default first, as the boot loader will see them. */
export interface Sysroot {
  readonly deployments: readonly Deployment[];
  readonly booted: Deployment;
}

/**
 * Reads the deployments from the boot loader entries, as ostree itself does: highest version first. The booted one is
 * found by its root directory being `/`.
 *
 * @throws SysrootError `not-booted-from-ostree`, `boot-entry-invalid`
 */
export async function readSysroot(host: Host): Promise<Sysroot> {
  const entries: BootEntry[] = [];
  for (const { name, text } of await bootEntries(host)) {
    if (isOstrees(text)) entries.push(parseBootEntry(name.slice(0, -'.conf'.length), text));
  }
  entries.sort((a, b) => b.version - a.version);
  const deployments: Omit<Deployment, 'booted'>[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = await deploymentPath(host, entry);
    const [stateroot, checksum, serial] = splitDeploymentPath(path);
    deployments.push({ index, stateroot, checksum, serial, path, entry });
  }
  const bootedAt = await bootedPath(host, deployments);
  const marked = deployments.map((deployment) => ({ ...deployment, booted: deployment.path === bootedAt }));
  const booted = marked.find((deployment) => deployment.booted);
  if (booted === undefined) throw notBooted();
  return { deployments: marked, booted };
}

function notBooted(): SysrootError {
  return new SysrootError('not-booted-from-ostree', 'The running system is not an ostree deployment.', {
    remedy:
      'lca works on nodes that boot from ostree; `ostree admin status` must mark a deployment with "*".',
  });
}

/** Files of boot loader entries that are not ostree's. */
export async function foreignEntries(host: Host): Promise<readonly string[]> {
  const entries = await bootEntries(host);
  return entries.filter(({ text }) => !isOstrees(text)).map(({ name }) => `${ENTRIES}/${name}`);
}

async function bootEntries(host: Host): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const names = (await host.list(ENTRIES)).filter((name) => name.endsWith('.conf'));
  return Promise.all(
    names.map(async (name) => ({ name, text: (await host.readText(`${ENTRIES}/${name}`)) ?? '' })),
  );
}

function isOstrees(text: string): boolean {
  return text.includes('ostree=');
}

/**
 * The name of the running stateroot, found without the boot loader entries: those lie in /boot, often a filesystem of
 * its own that is mounted only after the first services have started.
 *
 * @throws SysrootError `not-booted-from-ostree`
 */
export async function bootedStateroot(host: Host): Promise<string> {
  const deployments: { path: string }[] = [];
  for (const stateroot of await staterootNames(host)) {
    const directory = `${staterootPath(stateroot)}/deploy`;
    for (const name of await host.list(directory)) deployments.push({ path: `${directory}/${name}` });
  }
  const path = await bootedPath(host, deployments);
  if (path === undefined) throw notBooted();
  return splitDeploymentPath(path)[0];
}

/** The deployments of one stateroot, in boot order. */
export function deploymentsOf(sysroot: Sysroot, stateroot: string): readonly Deployment[] {
  return sysroot.deployments.filter((deployment) => deployment.stateroot === stateroot);
}

/** Where a stateroot lies: `/ostree/deploy/<name>`; its `/var` is the directory `var` in there. */
export function staterootPath(name: string): string {
  return `/ostree/deploy/${name}`;
}

/** Names of all stateroots on disk, with or without deployments. */
export async function staterootNames(host: Host): Promise<readonly string[]> {
  return host.list('/ostree/deploy');
}

/**
 * The deployment whose directory is `/`. Only where none is (a root put together by composefs), the kernel command
 * line decides: its `ostree=` path is a link that may have come to mean another deployment since the boot.
 */
async function bootedPath(host: Host, deployments: readonly { path: string }[]): Promise<string | undefined> {
  const root = await host.stat('/');
  for (const { path } of deployments) {
    const stat = await host.stat(path);
    if (stat !== undefined && stat.ino === root?.ino && stat.dev === root.dev) return path;
  }
  const cmdline = (await host.readText('/proc/cmdline')) ?? '';
  const path = /(?:^|\s)ostree=(\S+)/.exec(cmdline)?.[1];
  return path === undefined ? undefined : linkedDeployment(host, path);
}

async function deploymentPath(host: Host, entry: BootEntry): Promise<string> {
  const path = await linkedDeployment(host, entry.ostreePath);
  if (path !== undefined) return path;
  throw new SysrootError(
    'boot-entry-invalid',
    `Boot loader entry ${entry.id} points at ${entry.ostreePath}, which is no deployment.`,
  );
}

/** `/ostree/boot.1/lca/<boot checksum>/0` is a link to `../../../deploy/lca/deploy/<checksum>.<serial>`. */
async function linkedDeployment(host: Host, path: string): Promise<string | undefined> {
  const target = await host.readLink(path);
  const tail = target === undefined ? undefined : /\/(deploy\/[^/]+\/deploy\/[^/]+)$/.exec(`/${target}`)?.[1];
  return tail === undefined ? undefined : `/ostree/${tail}`;
}

function splitDeploymentPath(path: string): [stateroot: string, checksum: string, serial: number] {
  const match = /^\/ostree\/deploy\/([^/]+)\/deploy\/([0-9a-f]{64})\.(\d+)$/.exec(path);
  if (match) return [match[1] as string, match[2] as string, Number(match[3])];
  throw new SysrootError('boot-entry-invalid', `"${path}" is not the path of a deployment.`);
}
