import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBERNETES_VERSION, kubernetesPrograms } from '../kubernetes/build.ts';
import type { NodeKind } from './build.ts';
import { cached, digest } from './cache.ts';
import { command } from './command.ts';
import { buildDisk } from './disk.ts';
import { buildReleases, RELEASES, type Releases, refOf } from './releases.ts';
import { buildRootfs } from './rootfs.ts';

const TREE = 'kubernetes-tree';
/** Debian's packages, of this machine's release, whose programs a node with a cluster needs. */
const PACKAGES = ['containerd', 'etcd-client', 'etcd-server', 'iptables', 'libxtables12', 'runc'] as const;
/** One program by many names, of which kube-proxy uses these; Debian's package makes them when it is configured. */
const IPTABLES = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const PROGRAMS = {
  'control-plane': ['kube-apiserver', 'kube-controller-manager'],
  node: ['kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
} as const;
const SERVICES = [
  'containerd',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
];

/**
 * The base disk of a kind of node with all that a cluster consists of: containerd, etcd, the kubelet and a control plane
 * of systemd services. They start on a node that has been given a cluster's files in `/etc/kubernetes`.
 *
 * @returns path of a raw disk image, from the cache or built; never written to
 */
export async function kubernetesDisk(kind: NodeKind): Promise<string> {
  const rootfs = await buildRootfs();
  const plain = await buildReleases(rootfs);
  const releases = await withKubernetes(plain, rootfs.kernelVersion);
  return buildDisk(releases, RELEASES[kind], 'grub', 'kubernetes');
}

/** Both releases once more, each with the cluster's programs on top. */
async function withKubernetes(plain: Releases, kernelVersion: string): Promise<Releases> {
  const tree = (await readdir(join(import.meta.dirname, TREE), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(import.meta.dirname.length + 1));
  const key = await digest([plain.key, KUBERNETES_VERSION], [...tree, 'kubernetes.ts']);
  const directory = await cached('releases-kubernetes', key, async (dir) => {
    const repository = join(dir, 'repo');
    const overlay = await mkdtemp(join(tmpdir(), 'lca-kubernetes-'));
    try {
      await fillOverlay(overlay);
      await command('make a repository', ['ostree', 'init', '--mode=bare', `--repo=${repository}`]);
      for (const release of Object.values(RELEASES)) {
        await command('import', [
          'ostree',
          'pull-local',
          `--repo=${repository}`,
          plain.repository,
          refOf(release),
        ]);
        await command(`commit release ${release}`, [
          'ostree',
          'commit',
          `--repo=${repository}`,
          `--branch=${refOf(release)}`,
          `--subject=Test host ${release} with Kubernetes`,
          '--bootable',
          `--add-metadata-string=version=${release}`,
          `--add-metadata-string=ostree.linux=${kernelVersion}`,
          `--tree=ref=${refOf(release)}`,
          `--tree=dir=${overlay}`,
        ]);
      }
    } finally {
      await rm(overlay, { recursive: true, force: true });
    }
  });
  return { repository: join(directory, 'repo'), key };
}

async function fillOverlay(overlay: string): Promise<void> {
  await cp(join(import.meta.dirname, TREE), overlay, { recursive: true });
  const bin = join(overlay, 'usr/bin');
  await mkdir(bin, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'lca-packages-'));
  try {
    // as root apt gives up its rights while it downloads, and could not write here
    const download = ['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download'] as const;
    await command('download packages', [...download, ...PACKAGES], { cwd: scratch });
    for (const file of await readdir(scratch)) {
      if (file.endsWith('.deb'))
        await command('unpack a package', ['dpkg-deb', '-x', join(scratch, file), scratch]);
    }
    for (const directory of ['usr/bin', 'usr/sbin']) {
      const from = join(scratch, directory);
      for (const name of await readdir(from)) await cp(join(from, name), join(bin, name));
    }
    const extensions = join(overlay, LIBRARIES, 'xtables');
    await cp(join(scratch, LIBRARIES, 'xtables'), extensions, { recursive: true, verbatimSymlinks: true });
    // beside them, since the node's own is of another release and does not fit; kube-proxy.service says so
    const library = 'libxtables.so.12';
    await cp(join(scratch, LIBRARIES, library), join(extensions, library), { dereference: true });
    for (const name of IPTABLES) {
      await rm(join(bin, name), { force: true });
      await symlink('xtables-nft-multi', join(bin, name));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  for (const set of ['control-plane', 'node'] as const) {
    const from = await kubernetesPrograms(set);
    for (const name of PROGRAMS[set]) await cp(join(from, name), join(bin, name));
  }
  const wants = join(overlay, 'usr/etc/systemd/system/multi-user.target.wants');
  await mkdir(wants, { recursive: true });
  for (const service of SERVICES) {
    await symlink(`/usr/lib/systemd/system/${service}.service`, join(wants, `${service}.service`));
  }
  await command('give everything plain modes', ['chmod', '--recursive', 'u=rwX,go=rX', overlay]);
}

if (import.meta.main) for (const kind of ['target', 'seed'] as const) console.log(await kubernetesDisk(kind));
