import type { Host } from '../../core/host/host.ts';
import type { Deployment } from '../../core/sysroot/sysroot.ts';
import { PivotError } from './pivot-error.ts';

/** A boot file that is not what the deployment's commit says. */
export interface DamagedFile {
  /** Path on the boot filesystem. */
  readonly path: string;
  readonly problem: string;
}

/**
 * Compares the kernel and the initramfs that the boot loader will load with those inside the deployment, byte by
 * byte. A flipped bit here is a node that does not come up.
 */
export async function damagedBootFiles(host: Host, deployment: Deployment): Promise<readonly DamagedFile[]> {
  const modules = `${deployment.path}/usr/lib/modules`;
  const version = await kernelVersion(host, modules);
  if (version === undefined) return [{ path: modules, problem: 'holds no kernel' }];
  const pairs = [
    [onBoot(deployment.entry.linux), `${modules}/${version}/vmlinuz`],
    [onBoot(deployment.entry.initrd), `${modules}/${version}/initramfs.img`],
  ] as const;
  const damaged: DamagedFile[] = [];
  for (const [path, own] of pairs) {
    if (path === undefined) continue;
    const problem = await difference(host, path, own);
    if (problem !== undefined) damaged.push({ path, problem });
  }
  return damaged;
}

/**
 * Refuses to boot a deployment whose kernel or initramfs is damaged.
 *
 * @throws PivotError `boot-files-damaged`
 */
export async function checkBootFiles(host: Host, deployment: Deployment): Promise<void> {
  const [first, ...rest] = await damagedBootFiles(host, deployment);
  if (first === undefined) return;
  const others = rest.map(({ path }) => `, ${path}`).join('');
  throw new PivotError('boot-files-damaged', `${first.path}${others} ${first.problem}.`, {
    remedy: 'Go through Idle and Prep again; if it happens again, check the disk.',
  });
}

/** Entries name files relative to the boot filesystem: `/ostree/lca-…/vmlinuz-…`, or `/boot/ostree/…` without one. */
function onBoot(entryPath: string | undefined): string | undefined {
  if (entryPath === undefined) return undefined;
  return entryPath.startsWith('/boot/') ? entryPath : `/boot${entryPath}`;
}

async function kernelVersion(host: Host, modules: string): Promise<string | undefined> {
  for (const name of await host.list(modules)) {
    if ((await host.stat(`${modules}/${name}/vmlinuz`)) !== undefined) return name;
  }
  return undefined;
}

async function difference(host: Host, path: string, own: string): Promise<string | undefined> {
  if ((await host.stat(own)) === undefined) return undefined; // some systems keep the initramfs only in /boot
  if ((await host.stat(path)) === undefined) return 'does not exist';
  const result = await host.run(['cmp', '--silent', '--', host.machinePath(path), host.machinePath(own)], {
    description: `compare ${path} with the deployment's own`,
    timeoutMs: 5 * 60_000,
    okExitCodes: [0, 1],
  });
  return result.exitCode === 0 ? undefined : 'is not the one of its deployment';
}
