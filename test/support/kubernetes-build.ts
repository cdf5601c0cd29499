// Builds Debian's kubernetes source package once and keeps its programs in .cache/kubernetes/<version>.
// Run it by hand (`node bin/run.js test/support/kubernetes-build.ts`) or let the control plane test call it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const SOURCE_VERSION = '1.20.5+really1.20.2-1.1';
const KUBERNETES = 'v1.20.2';
const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kubeadm'] as const;
const PACKAGES = ['golang-1.19-go', 'rsync', 'jq', 'gcc', 'libc6-dev', 'make', 'dpkg-dev'];

const CACHE = new URL(`../../.cache/kubernetes/${SOURCE_VERSION}/`, import.meta.url).pathname;

/** Where each program lies. */
export type KubernetesPrograms = Readonly<Record<(typeof PROGRAMS)[number], string>>;

/** Whether the programs have been built on this machine. */
export function isKubernetesBuilt(): boolean {
  return PROGRAMS.every((name) => existsSync(join(CACHE, name)));
}

/** The programs of a real control plane; built (10 to 15 minutes on two cores) when they are not there yet. */
export async function kubernetesPrograms(): Promise<KubernetesPrograms> {
  if (!isKubernetesBuilt()) await build();
  return Object.fromEntries(PROGRAMS.map((name) => [name, join(CACHE, name)])) as KubernetesPrograms;
}

async function build(): Promise<void> {
  const work = join(CACHE, 'build');
  mkdirSync(work, { recursive: true });
  await execa(
    'flock',
    ['/tmp/lca-apt.lock', 'apt-get', 'install', '--yes', '--no-install-recommends', ...PACKAGES],
    {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
  await fetchSource(work);
  const tree = await unpack(work);
  const gopath = join(work, 'go');
  mkdirSync(join(gopath, 'src/k8s.io'), { recursive: true });
  const link = join(gopath, 'src/k8s.io/kubernetes');
  if (!existsSync(link)) symlinkSync(tree, link);
  await execa('nice', ['make', 'all', `WHAT=${PROGRAMS.map((name) => `cmd/${name}`).join(' ')}`], {
    cwd: link,
    extendEnv: true,
    env: {
      PATH: `/usr/lib/go-1.19/bin:${process.env['PATH']}`,
      PWD: link,
      GOPATH: gopath,
      GOCACHE: join(work, 'cache'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOLDFLAGS: '-s -w',
      KUBE_GIT_TREE_STATE: 'archive',
      KUBE_GIT_VERSION: KUBERNETES,
      KUBE_GIT_COMMIT: '0',
      KUBE_GIT_MAJOR: '1',
      KUBE_GIT_MINOR: '20',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const out = join(tree, '_output/local/bin/linux/amd64');
  for (const name of PROGRAMS) {
    await execa('strip', [join(out, name)]);
    await execa('cp', [join(out, name), join(CACHE, `${name}.new`)]);
    renameSync(join(CACHE, `${name}.new`), join(CACHE, name));
  }
  await execa('chmod', ['--recursive', 'u+w', work]);
  rmSync(work, { recursive: true, force: true });
}

/** A private apt configuration: the machine's own need not know source packages. */
async function fetchSource(work: string): Promise<void> {
  const stamp = join(work, '.fetched');
  if (existsSync(stamp)) return;
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const list = join(work, 'sources.list');
  writeFileSync(list, `deb-src [signed-by=${keyring}] http://deb.debian.org/debian bookworm main\n`);
  const options = [
    `Dir::State::Lists=${work}/lists`,
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await execa('apt-get', [...options, 'update']);
  await execa('apt-get', [...options, 'source', '--download-only', 'kubernetes'], { cwd: work });
  writeFileSync(stamp, '');
}

async function unpack(work: string): Promise<string> {
  const tree = join(work, 'tree');
  const stamp = join(work, '.unpacked');
  if (existsSync(stamp)) return tree;
  const archive = readdirSync(work).find((name) => name.endsWith('.orig.tar.gz'));
  if (archive === undefined) throw new Error(`There is no source archive of kubernetes in ${work}.`);
  mkdirSync(tree, { recursive: true });
  await execa('tar', [
    '--extract',
    '--gzip',
    '--strip-components=1',
    '--file',
    join(work, archive),
    '--directory',
    tree,
  ]);
  writeFileSync(stamp, '');
  return tree;
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(`${JSON.stringify(await kubernetesPrograms())}\n`);
