import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, digest } from '../test-host/cache.ts';
import { buildRootfs } from '../test-host/rootfs.ts';

const CONTAINERFILE = join(import.meta.dirname, 'Containerfile');
/** What the image needs besides lca itself: glibc's libraries come along with the programs. */
const PROGRAMS = ['/usr/bin/nsenter', '/usr/bin/dash'] as const;
/** Loaded by the executable and named by none of the programs. */
const LIBRARIES = ['libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'libgcc_s.so.1'] as const;

/**
 * The builder's container image on a base made from the test host's Debian packages, since tests reach no registry.
 *
 * @param lca path of the executable
 * @returns path of an OCI archive, for skopeo and podman as `oci-archive:PATH`
 */
export async function builderArchive(lca: string): Promise<string> {
  const { tree } = await buildRootfs();
  const key = await digest(
    [tree, await readFile(CONTAINERFILE, 'utf8'), await fileDigest(lca)],
    ['../builder/build.ts'],
  );
  const directory = await cached('builder', key, (dir) => build(tree, lca, join(dir, 'builder.tar')));
  return join(directory, 'builder.tar');
}

async function build(tree: string, lca: string, archive: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'lca-builder-'));
  // storage of its own: the machine's is nobody's business
  const podman = ['--root', join(scratch, 'root'), '--runroot', join(scratch, 'run'), '--storage-driver=vfs'];
  const quiet = { stdin: 'ignore' } as const;
  try {
    const base = join(scratch, 'base.tar');
    await packBase(tree, base);
    await execa('podman', [...podman, 'import', '--quiet', base, 'localhost/builder-base'], quiet);
    const context = join(scratch, 'context');
    await mkdir(context);
    await copyFile(lca, join(context, 'lca'));
    const options = [
      '--isolation=chroot',
      '--format=oci',
      '--pull=never',
      '--quiet',
      '--tag=localhost/lca-builder',
    ];
    const args = [
      '--build-arg=BASE=localhost/builder-base',
      '--build-arg=LCA=lca',
      `--file=${CONTAINERFILE}`,
    ];
    await execa('podman', [...podman, 'build', ...options, ...args, context], quiet);
    await execa(
      'podman',
      [...podman, 'push', '--quiet', 'localhost/lca-builder', `oci-archive:${archive}:lca-builder`],
      quiet,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A root file system with nothing but the programs, their libraries and a shell. */
async function packBase(tree: string, archive: string): Promise<void> {
  const { stdout } = await execa('chroot', [tree, 'ldd', ...PROGRAMS], { stdin: 'ignore', reject: false });
  const linked = [...stdout.matchAll(/(\/\S+\.so\S*) \(0x|^\s*(\/\S+\.so\S*) \(0x/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  const directory = linked.find((path) => path.includes('/libc.so'))?.replace(/\/libc\.so.*/, '') ?? '';
  const found: string[] = [];
  for (const path of new Set([...linked, ...LIBRARIES.map((name) => `${directory}/${name}`), ...PROGRAMS])) {
    const { stdout: real } = await execa('chroot', [tree, 'realpath', path], {
      stdin: 'ignore',
      reject: false,
    });
    found.push(path.replace(/^\/lib/, '/usr/lib'), real);
  }
  const names = [...new Set(found)].filter((path) => path !== '').map((path) => `.${path}`);
  const links = ['./bin', './lib', './lib64', './sbin', './usr/bin/sh'];
  await execa(
    'tar',
    [
      '--create',
      `--file=${archive}`,
      `--directory=${tree}`,
      '--owner=0',
      '--group=0',
      '--ignore-failed-read',
      ...links,
      ...names,
    ],
    {
      stdin: 'ignore',
    },
  );
}

async function fileDigest(path: string): Promise<string> {
  return (await execa('sha256sum', [path], { stdin: 'ignore' })).stdout.slice(0, 64);
}
