import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cached, digest } from '../test-host/cache.ts';
import { command } from '../test-host/command.ts';

/** Debian 12's source package `kubernetes`, whose orig tarball is this release with all it depends on. */
export const KUBERNETES_VERSION = '1.20.2';

/** What is built together: a control plane's programs always, a node's only when asked for. */
const PROGRAMS = {
  'control-plane': ['kube-apiserver', 'kube-controller-manager', 'kubeadm'],
  node: ['kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
} as const;

export type KubernetesPrograms = keyof typeof PROGRAMS;

const SOURCES =
  'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n';
const GO = '/usr/lib/go-1.19/bin';
/** Needed to build, and for nothing else: not among the packages that all tests need. */
const BUILD_PACKAGES = [
  'dpkg-dev',
  'gcc',
  'golang-1.19-go',
  'golang-github-modern-go-reflect2-dev',
  'jq',
  'make',
  'rsync',
];
/**
 * The library as vendored reads maps in a way that Go 1.18 ended (programs crash when they write a map as JSON); its
 * next release, which Debian has, takes its place.
 */
const REFLECT2 = {
  vendored: 'vendor/github.com/modern-go/reflect2',
  debian: '/usr/share/gocode/src/github.com/modern-go/reflect2',
};
/** A build on two busy cores takes most of an hour. */
const BUILD_MS = 3 * 3_600_000;

/** Programs that another job of this machine has built from the same release. */
const MACHINE_CACHE = join(homedir(), '.cache/lca', `kubernetes-${KUBERNETES_VERSION}`);

/**
 * The real Kubernetes programs of a set: from the machine's cache, from the checkout's, or built from Debian's source
 * package (a quarter of an hour on two idle cores).
 *
 * @returns the directory that holds them
 */
export async function kubernetesPrograms(set: KubernetesPrograms): Promise<string> {
  const programs = PROGRAMS[set];
  if (await areSound(programs)) return MACHINE_CACHE;
  const key = await digest([set], ['../kubernetes/build.ts']);
  return cached(`kubernetes-${set}`, key, (directory) => build(directory, programs));
}

/** Whether the machine's cache holds the programs, built with a library that fits its Go (see {@link REFLECT2}). */
async function areSound(programs: readonly string[]): Promise<boolean> {
  if (![...programs, 'kubeadm'].every((name) => existsSync(join(MACHINE_CACHE, name)))) return false;
  return command('try kubeadm', [join(MACHINE_CACHE, 'kubeadm'), 'config', 'print', 'init-defaults']).then(
    () => true,
    () => false,
  );
}

async function build(directory: string, programs: readonly string[]): Promise<void> {
  await installPackages();
  const work = await mkdtemp('/var/tmp/lca-kubernetes-');
  try {
    const source = await unpackSource(work);
    await rm(join(source, REFLECT2.vendored), { recursive: true });
    await cp(REFLECT2.debian, join(source, REFLECT2.vendored), { recursive: true });
    // The makefiles generate sources and want to find themselves on the path of packages.
    const tree = join(work, 'gopath/src/k8s.io/kubernetes');
    await mkdir(join(tree, '..'), { recursive: true });
    await symlink(source, tree);
    await command(
      'build Kubernetes',
      ['make', 'all', `WHAT=${programs.map((name) => `cmd/${name}`).join(' ')}`],
      {
        cwd: tree,
        env: buildEnvironment(work),
        timeoutMs: BUILD_MS,
      },
    );
    for (const name of programs) {
      const built = join(tree, '_output/local/bin/linux/amd64', name);
      await command(`strip ${name}`, ['strip', '-o', join(directory, name), built]);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function installPackages(): Promise<void> {
  const needed = [
    join(GO, 'go'),
    REFLECT2.debian,
    '/usr/bin/dpkg-source',
    '/usr/bin/jq',
    '/usr/bin/make',
    '/usr/bin/rsync',
  ];
  if (needed.every((path) => existsSync(path))) return;
  await command('install what builds Kubernetes', [
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=900',
    'install',
    '--yes',
    '--no-install-recommends',
    ...BUILD_PACKAGES,
  ]);
}

/** The source as apt verified it, by lists of its own, so that the machine's stay as they are. */
async function unpackSource(work: string): Promise<string> {
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  const list = join(work, 'sources.list');
  await writeFile(list, SOURCES);
  const apt = [
    'apt-get',
    '-q',
    '-o',
    `Dir::State::Lists=${work}/lists`,
    '-o',
    `Dir::Etc::SourceList=${list}`,
    '-o',
    'Dir::Etc::SourceParts=/dev/null',
    // As root apt gives up its rights while it downloads, and could not write here.
    '-o',
    'APT::Sandbox::User=root',
  ] as const;
  await command('read the list of source packages', [...apt, 'update']);
  await command('download the source of Kubernetes', [...apt, 'source', '--download-only', 'kubernetes'], {
    cwd: work,
  });
  const archive = (await readdir(work)).find((name) => /^kubernetes_.*\.orig\.tar\.gz$/.test(name));
  if (archive === undefined) throw new Error(`The source package kubernetes in ${work} has no orig tarball.`);
  await command('unpack the source of Kubernetes', ['tar', '--extract', '--file', archive], { cwd: work });
  const source = join(work, `kubernetes-${KUBERNETES_VERSION}`);
  if (!existsSync(source)) throw new Error(`${archive} does not hold kubernetes-${KUBERNETES_VERSION}.`);
  return source;
}

function buildEnvironment(work: string): Record<string, string> {
  const [major = '', minor = ''] = KUBERNETES_VERSION.split('.');
  return {
    PATH: `${GO}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: work,
    GOPATH: join(work, 'gopath'),
    GOCACHE: join(work, 'gocache'),
    GO111MODULE: 'off',
    GOFLAGS: '',
    KUBE_GIT_TREE_STATE: 'archive',
    KUBE_GIT_VERSION: `v${KUBERNETES_VERSION}`,
    KUBE_GIT_COMMIT: '0',
    KUBE_GIT_MAJOR: major,
    KUBE_GIT_MINOR: minor,
  };
}

if (import.meta.main) {
  const sets = process.argv.slice(2);
  for (const set of ['control-plane', 'node'] as const) {
    if (set === 'control-plane' || sets.includes(set)) console.log(await kubernetesPrograms(set));
  }
}
