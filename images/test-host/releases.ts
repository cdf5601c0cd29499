import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cached, digest } from './cache.ts';
import { command } from './command.ts';
import { buildInitramfs } from './initramfs.ts';
import type { Rootfs } from './rootfs.ts';

/** What the target runs at first, and what the seed runs: the same tree but for the version and a changed default. */
export const RELEASES = { target: '1.0.0', seed: '2.0.0' } as const;

/** Not wanted in a guest: they need a terminal, a network beyond the registry, or minutes of an emulated CPU. */
const MASKED = [
  'NetworkManager-dispatcher.service',
  'NetworkManager-wait-online.service',
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'chrony.service',
  'dev-hugepages.mount',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty.target',
  'grub-common.service',
  'ldconfig.service',
  'modprobe@drm.service',
  'modprobe@efi_pstore.service',
  'netavark-dhcp-proxy.service',
  'netavark-dhcp-proxy.socket',
  'netavark-firewalld-reload.service',
  'proc-sys-fs-binfmt_misc.automount',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'systemd-binfmt.service',
  'systemd-hostnamed.service',
  'systemd-hostnamed.socket',
  'systemd-hwdb-update.service',
  'systemd-journal-catalog-update.service',
  'systemd-logind.service',
  'systemd-pstore.service',
  'systemd-sysusers.service',
  'systemd-udev-load-credentials.service',
  'systemd-update-done.service',
  'systemd-user-sessions.service',
  'xfs_scrub_all.timer',
];

/** Programs that systemd starts at every boot to make units we have no use for. */
const MASKED_GENERATORS = [
  'systemd-getty-generator',
  'systemd-gpt-auto-generator',
  'systemd-hibernate-resume-generator',
  'systemd-rc-local-generator',
  'systemd-run-generator',
  'systemd-ssh-generator',
  'systemd-system-update-generator',
  'systemd-sysv-generator',
  'systemd-tpm2-generator',
];

const ENABLED = {
  'local-fs.target.requires/boot.mount': '/usr/lib/systemd/system/boot.mount',
  'local-fs.target.requires/var-lib-containers.mount': '/etc/systemd/system/var-lib-containers.mount',
  'multi-user.target.wants/test-host-up.service': '/usr/lib/systemd/system/test-host-up.service',
};

export interface Releases {
  /** An ostree repository (mode bare) with a ref for each release. */
  readonly repository: string;
  readonly key: string;
}

/** The ref of a release in the repository, and the origin of what is deployed from it. */
export function refOf(release: string): string {
  return `test-host/${release}`;
}

/** Commits both releases to one repository; the second shares all but a few files with the first. */
export async function buildReleases(rootfs: Rootfs): Promise<Releases> {
  const tree = (await readdir(join(import.meta.dirname, 'tree'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(import.meta.dirname.length + 1));
  const key = await digest([rootfs.tree], [...tree, 'releases.ts', 'initramfs.ts']);
  const directory = await cached('releases', key, async (dir) => {
    const repository = join(dir, 'repo');
    await command('make a repository', ['ostree', 'init', '--mode=bare', `--repo=${repository}`]);
    await commit(rootfs, repository, RELEASES.target, [`dir=${rootfs.tree}`]);
    await commit(rootfs, repository, RELEASES.seed, [`ref=${refOf(RELEASES.target)}`]);
  });
  return { repository: join(directory, 'repo'), key };
}

async function commit(
  rootfs: Rootfs,
  repository: string,
  release: string,
  trees: readonly string[],
): Promise<void> {
  const overlay = await mkdtemp(join(tmpdir(), 'lca-release-'));
  try {
    await fillOverlay(rootfs, overlay, release);
    await command(`commit release ${release}`, [
      'ostree',
      'commit',
      `--repo=${repository}`,
      `--branch=${refOf(release)}`,
      `--subject=Test host ${release}`,
      '--bootable',
      `--add-metadata-string=version=${release}`,
      `--add-metadata-string=ostree.linux=${rootfs.kernelVersion}`,
      ...[...trees, `dir=${overlay}`].map((tree) => `--tree=${tree}`),
    ]);
  } finally {
    await rm(overlay, { recursive: true, force: true });
  }
}

async function fillOverlay(rootfs: Rootfs, overlay: string, release: string): Promise<void> {
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(overlay, path)), { recursive: true });
    await writeFile(join(overlay, path), content);
  };
  await cp(join(import.meta.dirname, 'tree'), overlay, { recursive: true });
  await write(`usr/lib/modules/${rootfs.kernelVersion}/initramfs.img`, await buildInitramfs(rootfs, release));
  await write('usr/share/test-host/release', `${release}\n`);
  await write('usr/etc/test-host.conf', `# A default that differs between releases\nrelease=${release}\n`);
  const debian = await readFile(join(rootfs.tree, 'usr/lib/os-release'), 'utf8');
  const osRelease = debian.replace(/^(PRETTY_NAME|VERSION|VERSION_ID|NAME)=.*\n/gm, '');
  const names = {
    NAME: 'lca test host',
    PRETTY_NAME: `lca test host ${release}`,
    VERSION: release,
    VERSION_ID: release,
  };
  const lines = Object.entries({ ...names, OSTREE_VERSION: release }).map(
    ([key, value]) => `${key}="${value}"\n`,
  );
  await write('usr/lib/os-release', `${lines.join('')}${osRelease}`);
  const units = join(overlay, 'usr/etc/systemd/system');
  for (const unit of MASKED) await symlink('/dev/null', join(units, unit));
  const generators = join(overlay, 'usr/etc/systemd/system-generators');
  await mkdir(generators);
  for (const generator of MASKED_GENERATORS) await symlink('/dev/null', join(generators, generator));
  for (const [link, target] of Object.entries(ENABLED)) {
    await mkdir(dirname(join(units, link)), { recursive: true });
    await symlink(target, join(units, link));
  }
  await normalizeModes(overlay);
}

/** Git keeps only the executable bit; the umask of whoever checked out must not reach the commit. */
async function normalizeModes(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await normalizeModes(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
