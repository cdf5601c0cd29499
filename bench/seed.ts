// What making a seed image costs. The peer is the way upstream documents (reference: seed-image.md 2): gzip archives of
// /var, the changes of /etc and the whole repository, made one after another, put into an image by podman build, pushed
// by podman. Both on the same node and tree, to the same kind of registry, one after the other in one run.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { createSeed } from '../builder/create-seed.ts';
import { EXCLUSIONS } from '../builder/exclusions.ts';
import { SMALL_SYSTEM } from '../test/support/ostree-sysroot.ts';
import { runRegistry } from '../test/support/registry.ts';
import { makeSeedNode, type SeedNode, seedRequest } from '../test/support/seed-node.ts';
import { benchOptions, copySample, median } from './support/sample-tree.ts';

interface Measured {
  readonly seconds: number;
  /** Processor time of this process and of the programs it ran; the registry's is the same for both. */
  readonly processorSeconds: number;
  /** Most bytes on disk at any time beyond the node's own. */
  readonly peakBytes: number;
  readonly pushedBytes: number;
}

/** Real files of this machine, about as much as a small system has: programs, libraries, many small texts. */
const SYSTEM_DIRECTORIES = [
  '/usr/bin',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/python3',
  '/usr/share/perl',
] as const;
const DATA_DIRECTORIES = ['/usr/lib/python3.11', '/usr/share/locale', '/usr/share/man'] as const;
const SAMPLE_MS = 1_000;
const ROUNDS = 3;

const { share, rounds } = benchOptions(ROUNDS);

const directory = await mkdtemp(join(tmpdir(), 'lca-bench-'));
/** Where podman and skopeo put what they need for a while. */
const temporary = join(directory, 'tmp');
await mkdir(temporary);
process.env['TMPDIR'] = temporary;
try {
  const node = await bigNode(directory);
  const theirs: Measured[] = [];
  const ours: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    theirs.push(await upstreamWay(node, await fresh(directory, `upstream-${round}`)));
    ours.push(await ourWay(node, await fresh(directory, `registry-${round}`), 'first'));
  }
  await writeFile(join(node.sysroot.staterootPath, 'var/lib/app/data.db'), 'changed');
  const again = await ourWay(node, join(directory, `registry-${rounds}`), 'second');
  const [peer, lca] = [typical(theirs), typical(ours)];
  print([
    ['upstream: tar czf, podman build, podman push', peer],
    ['lca seed create', lca],
    ['lca seed create, one file changed since', again],
  ]);
  console.log(
    `median of ${rounds}: lca takes 1/${(peer.seconds / lca.seconds).toFixed(1)} of the time (target: at most 1/4) and 1/${(peer.processorSeconds / lca.processorSeconds).toFixed(1)} of the processor time`,
  );
} finally {
  await execa('chattr', ['-R', '-f', '-i', directory], { reject: false });
  await execa('rm', ['-rf', '--one-file-system', directory]);
}

async function bigNode(at: string): Promise<SeedNode> {
  const node = await makeSeedNode(at, SMALL_SYSTEM);
  const { repository, deployment, staterootPath } = node.sysroot;
  const tree = join(at, 'tree');
  await copySample(SYSTEM_DIRECTORIES, tree, share);
  await copySample(DATA_DIRECTORIES, join(staterootPath, 'var/lib/data'), share);
  const commit = await execa('ostree', [
    `--repo=${repository}`,
    'commit',
    '--branch=test/system',
    `--tree=dir=${tree}`,
    '--bootable',
  ]);
  await execa('rm', ['-rf', tree]);
  // nothing is booted from this commit; it is only what there is to save
  return {
    ...node,
    sysroot: { ...node.sysroot, commit: commit.stdout },
    layout: { ...node.layout, commit: commit.stdout, deployment: deployment.slice(node.sysroot.path.length) },
  };
}

async function upstreamWay(node: SeedNode, at: string): Promise<Measured> {
  const { repository, deployment, staterootPath, commit } = node.sysroot;
  const staging = join(at, 'upstream');
  await mkdir(staging);
  const storage = join(at, 'storage');
  const podman = ['--root', storage, '--runroot', join(at, 'runroot'), '--storage-driver=overlay'];
  const registry = await runRegistry(await fresh(at, 'registry-upstream'));
  const options = ['--xattrs', '--xattrs-include=*', '--acls'];
  const excludes = EXCLUSIONS.filter(({ pattern }) => pattern.startsWith('/var')).map(
    ({ pattern }) => `--exclude=${pattern.slice(1).replace('/**.files', '/*')}`,
  );
  try {
    const work = async (): Promise<void> => {
      await execa('tar', [
        'czf',
        join(staging, 'var.tgz'),
        ...excludes,
        '-C',
        staterootPath,
        'var',
        ...options,
      ]);
      await execa('tar', ['czf', join(staging, 'etc.tgz'), '-C', deployment, 'etc', ...options]);
      await execa('tar', ['czf', join(staging, 'ostree.tgz'), '-C', repository, '.', ...options]);
      await writeFile(join(staging, 'manifest.json'), JSON.stringify({ commit }));
      await writeFile(join(at, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
      const image = `${registry.address}/seed:upstream`;
      await execa('podman', [
        ...podman,
        'build',
        '--isolation=chroot',
        '--file',
        join(at, 'Dockerfile'),
        '--tag',
        image,
        staging,
      ]);
      await execa('podman', [...podman, 'push', '--tls-verify=false', image]);
    };
    const measured = await measure(work, [staging, storage, temporary]);
    return { ...measured, pushedBytes: await diskBytes([registry.storage]) };
  } finally {
    await execa('podman', [...podman, 'rmi', '--all', '--force'], { reject: false });
    await registry.stop();
  }
}

async function ourWay(node: SeedNode, at: string, tag: string): Promise<Measured> {
  const registry = await runRegistry(at);
  const before = await diskBytes([registry.storage]);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${node.programs}${delimiter}${path}`;
  try {
    const request = seedRequest({ pullSpec: `${registry.address}/seed:${tag}`, version: '1' });
    const measured = await measure(
      async () => void (await createSeed(node.host, request, { node: node.layout })),
      [join(node.sysroot.staterootPath, 'var/lib/lca'), temporary],
    );
    return { ...measured, pushedBytes: (await diskBytes([registry.storage])) - before };
  } finally {
    process.env['PATH'] = path;
    await registry.stop();
  }
}

async function measure(
  work: () => Promise<void>,
  places: readonly string[],
): Promise<Omit<Measured, 'pushedBytes'>> {
  const before = await diskBytes(places);
  let peakBytes = 0;
  let over = false;
  const sampling = (async () => {
    for (;;) {
      if (over) return;
      peakBytes = Math.max(peakBytes, (await diskBytes(places)) - before);
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const start = performance.now();
  const ticks = await processorTicks();
  try {
    await work();
  } finally {
    over = true;
  }
  const seconds = (performance.now() - start) / 1000;
  const processorSeconds = ((await processorTicks()) - ticks) / 100;
  await sampling;
  return { seconds, processorSeconds, peakBytes };
}

/** User and system time of this process and its ended children in 1/100 s (proc(5), stat fields 14 to 17). */
async function processorTicks(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

async function diskBytes(places: readonly string[]): Promise<number> {
  // files come and go while du looks: what it could measure is what counts
  const { stdout } = await execa('du', ['--summarize', '--block-size=1', '--total', ...places], {
    reject: false,
  });
  return Number(/^(\d+)\ttotal$/m.exec(stdout)?.[1] ?? 0);
}

async function fresh(at: string, name: string): Promise<string> {
  const path = join(at, name);
  await mkdir(path);
  return path;
}

/** Each figure's median. */
function typical(runs: readonly Measured[]): Measured {
  const of = (figure: keyof Measured): number => median(runs.map((run) => run[figure]));
  return {
    seconds: of('seconds'),
    processorSeconds: of('processorSeconds'),
    peakBytes: of('peakBytes'),
    pushedBytes: of('pushedBytes'),
  };
}

function print(rows: readonly (readonly [string, Measured])[]): void {
  const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  console.log(
    `${''.padEnd(46)}${'time'.padStart(10)}${'processor'.padStart(12)}${'peak disk'.padStart(14)}${'pushed'.padStart(14)}`,
  );
  for (const [name, { seconds, processorSeconds, peakBytes, pushedBytes }] of rows) {
    console.log(
      `${name.padEnd(46)}${`${seconds.toFixed(1)} s`.padStart(10)}${`${processorSeconds.toFixed(1)} s`.padStart(12)}${mib(peakBytes).padStart(14)}${mib(pushedBytes).padStart(14)}`,
    );
  }
}
