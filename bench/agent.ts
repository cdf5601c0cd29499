// What lca costs a node: how long a command takes to start, and the memory of the agent at rest. The peer is the same
// Node doing nothing.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { buildExecutable } from '../images/agent/build.ts';

const RUNS = 20;
const REST_MS = 30_000;
const LIBRARIES = '/lib/x86_64-linux-gnu';
const NEEDED = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libatomic.so.1',
];

if (process.argv[2] === 'inside') {
  await restInside(process.argv[3] ?? '');
} else {
  const executable = await buildExecutable();
  await startUp(executable);
  await memory(executable);
}

async function startUp(executable: string): Promise<void> {
  const lca: number[] = [];
  const node: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    lca.push(await seconds(executable, '--version'));
    node.push(await seconds(process.execPath, '-e', '0'));
  }
  console.log(
    `lca --version: ${median(lca).toFixed(3)} s, fastest ${Math.min(...lca).toFixed(3)} s (target: under 0.15 s)`,
  );
  console.log(`node -e 0:     ${median(node).toFixed(3)} s, fastest ${Math.min(...node).toFixed(3)} s`);
  console.log(`ratio of the medians: ${(median(lca) / median(node)).toFixed(2)}`);
}

async function seconds(program: string, ...args: readonly string[]): Promise<number> {
  const start = performance.now();
  await execa(program, args, { stdin: 'ignore' });
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The agent watches a node that is made for it and seen by it alone: a root directory in a mount namespace. */
async function memory(executable: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lca-bench-'));
  try {
    await makeNode(root, executable);
    await execa('unshare', ['--mount', process.execPath, import.meta.filename, 'inside', root], {
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The least that is a booted ostree system for the agent: libraries, a boot loader entry, the deployment it names. */
async function makeNode(root: string, executable: string): Promise<void> {
  for (const library of [...NEEDED.map((name) => join(LIBRARIES, name)), '/lib64/ld-linux-x86-64.so.2']) {
    if (!existsSync(library)) continue;
    await mkdir(join(root, dirname(library)), { recursive: true });
    await cp(library, join(root, library), { dereference: true });
  }
  await cp(executable, join(root, 'lca'));
  await cp(process.execPath, join(root, 'node'));
  const deployment = `deploy/bench/deploy/${'a'.repeat(64)}.0`;
  const link = `ostree/boot.1/bench/${'b'.repeat(64)}/0`;
  for (const directory of [
    'proc',
    'dev',
    'var/lib',
    'boot/loader/entries',
    `ostree/${deployment}`,
    dirname(link),
  ]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await symlink(`../../../${deployment}`, join(root, link));
  const entry = ['title Bench', 'version 1', `options ostree=/${link}`, 'linux /k', 'initrd /i', ''];
  await writeFile(join(root, 'boot/loader/entries/ostree-1.conf'), entry.join('\n'));
  await writeFile(join(root, 'cmdline'), `ostree=/${link}\n`);
}

async function restInside(root: string): Promise<void> {
  await execa('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  await execa('mount', ['--bind', join(root, 'cmdline'), join(root, 'proc/cmdline')]);
  await execa('mount', ['--bind', '/dev', join(root, 'dev')]);
  const agent = await residentMegabytes(root, '/lca', 'agent');
  const idle = await residentMegabytes(root, '/node', '-e', 'setInterval(() => {}, 1000)');
  console.log(`lca agent at rest: ${agent.toFixed(1)} MB resident (target: under 80 MB)`);
  console.log(`node at rest:      ${idle.toFixed(1)} MB resident`);
  console.log(`ratio: ${(agent / idle).toFixed(2)}`);
}

async function residentMegabytes(root: string, ...argv: readonly string[]): Promise<number> {
  const child = execa('chroot', [root, ...argv], {
    stdin: 'ignore',
    reject: false,
    forceKillAfterDelay: 5000,
  });
  await delay(REST_MS);
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  child.kill('SIGTERM');
  const { stdout, stderr } = await child;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`${argv.join(' ')} did not stay: ${stderr || stdout}`);
  return Number(kilobytes) / 1000;
}
