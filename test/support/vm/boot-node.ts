import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type NodeKind, testHostDisk } from '../../../images/test-host/build.ts';
import { builtAt, CACHE_DIRECTORY, cached, digest } from '../../../images/test-host/cache.ts';
import type { Bootloader } from '../../../images/test-host/disk.ts';
import { SerialConsole } from './console.ts';
import { type FixedHardware, VmNode } from './node.ts';
import { writeProvisionDisk } from './provision.ts';
import type { Forward } from './qemu.ts';
import { testKey } from './ssh.ts';
import { makeTransferDisk } from './transfer.ts';

export interface NodeOptions {
  /** `seed` runs release 2.0.0, `target` 1.0.0. */
  readonly disk: NodeKind;
  /** Path of another base disk than the kind's own. */
  readonly base?: string;
  /** Hostname; default: the kind. */
  readonly name?: string;
  /** Address in 10.0.2.0/24 other than .2, .3, .15 and .100; default .21 for a seed, .22 for a target. */
  readonly ip?: string;
  /** Default `grub`. */
  readonly bootloader?: Bootloader;
  /** Default 2048. */
  readonly memoryMiB?: number;
  /** More files of the node's own, by absolute path below /etc or /var. */
  readonly files?: Readonly<Record<string, string>>;
  /** A raw disk image to be the node's second disk; written to. */
  readonly extraDisk?: string;
  /** What the node reaches beyond itself; default nothing. A registry belongs at 10.0.2.100:5000 (registry.test). */
  readonly forwards?: readonly Forward[];
  /** Write every block through to the machine's disk; slower, and not needed for `powerCut`. */
  readonly writethrough?: boolean;
  /** Where its console goes: `.cache/vm/logs/<log>/<name>.log`; give the test's title. */
  readonly log?: string;
}

/** A node frozen while it ran; any number of nodes can start from there, one after the other or at once. */
export interface SavedNode {
  readonly directory: string;
}

interface SavedFacts {
  readonly name: string;
  readonly hardware: FixedHardware;
}

const DEFAULT_IP = { seed: '10.0.2.21', target: '10.0.2.22' } as const;

/** Boots a new node from its base disk, with an identity of its own, and waits until it lets us in (15 to 25 s). */
export async function bootNode(options: NodeOptions): Promise<VmNode> {
  const base = options.base ?? (await testHostDisk(options.disk, options.bootloader ?? 'grub'));
  const name = options.name ?? options.disk;
  const ip = options.ip ?? DEFAULT_IP[options.disk];
  const directory = await nodeDirectory(name);
  const mac = `52:54:00:00:02:${Number(ip.split('.')[3]).toString(16).padStart(2, '0')}`;
  const hardware: FixedHardware = {
    ip,
    mac,
    memoryMiB: options.memoryMiB ?? 2048,
    writethrough: options.writethrough ?? false,
    disk: join(directory, 'disk.qcow2'),
    provisionDisk: join(directory, 'provision.tar'),
    transferDisk: join(directory, 'transfer.raw'),
    forwards: options.forwards ?? [],
    ...(options.extraDisk === undefined ? {} : { extraDisk: options.extraDisk }),
  };
  await writeProvisionDisk({ hostname: name, ip, mac, files: options.files ?? {} }, hardware.provisionDisk);
  await makeTransferDisk(hardware.transferDisk);
  await makeOverlay(base, 'raw', hardware.disk);
  const node = new VmNode(name, hardware, new SerialConsole(logFile(options.log, name)), {
    directory,
    keep: false,
  });
  await started(node, async () => {
    await node.powerOn();
    await node.waitForBoot();
  });
  return node;
}

/**
 * A node that has just booted and was never touched, in 1 to 3 s: the boot itself is done once for each kind of node
 * and kept in the cache. Its boot id, machine-id and SSH host keys are therefore the same each time.
 */
export async function bootedNode(options: NodeOptions): Promise<VmNode> {
  const { forwards, log, writethrough, ...identity } = options;
  const base = options.base ?? (await testHostDisk(options.disk, options.bootloader ?? 'grub'));
  const { stdout: version } = await execa('qemu-system-x86_64', ['--version'], { stdin: 'ignore' });
  const sources = ['qemu.ts', 'provision.ts'].map((file) => join(import.meta.dirname, file));
  const texts = await Promise.all(sources.map((file) => readFile(file, 'utf8')));
  const { publicKey } = await testKey();
  const key = await digest(
    [base, await builtAt(base), version, publicKey, JSON.stringify(identity), ...texts],
    [],
  );
  const directory = await cached(
    `booted-${options.disk}-${options.bootloader ?? 'grub'}`,
    key,
    async (dir) => {
      await saveNode(await bootNode({ ...identity, log: 'booted' }), dir);
    },
  );
  return resumeNode(
    { directory },
    {
      forwards: forwards ?? [],
      ...(log === undefined ? {} : { log }),
      ...(writethrough === undefined ? {} : { writethrough }),
    },
  );
}

/** Freezes a node into a directory of its own (2 s); the node itself is gone afterwards. */
export async function saveNode(node: VmNode, directory: string): Promise<SavedNode> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  if (!existsSync(node.hardware.disk)) throw new Error(`Node ${node.name} has no disk to save.`);
  await node.sh('sync');
  await node.freeze(join(directory, 'ram'));
  await rename(node.hardware.disk, join(directory, 'disk.qcow2'));
  await copyFile(node.hardware.provisionDisk, join(directory, 'provision.tar')); // a resumed node's is its saved state's
  const facts: SavedFacts = { name: node.name, hardware: node.hardware };
  await writeFile(join(directory, 'node.json'), JSON.stringify(facts, undefined, 2));
  await node.dispose();
  return { directory };
}

/** A new node that goes on where the saved one was frozen (1 s), on a disk of its own. */
export async function resumeNode(
  saved: SavedNode,
  options: Pick<NodeOptions, 'forwards' | 'log' | 'writethrough'> = {},
): Promise<VmNode> {
  const facts = JSON.parse(await readFile(join(saved.directory, 'node.json'), 'utf8')) as SavedFacts;
  const directory = await nodeDirectory(facts.name);
  const hardware: FixedHardware = {
    ...facts.hardware,
    disk: join(directory, 'disk.qcow2'),
    provisionDisk: join(saved.directory, 'provision.tar'),
    transferDisk: join(directory, 'transfer.raw'),
    forwards: options.forwards ?? facts.hardware.forwards,
    writethrough: options.writethrough ?? facts.hardware.writethrough,
  };
  await makeTransferDisk(hardware.transferDisk);
  await makeOverlay(join(saved.directory, 'disk.qcow2'), 'qcow2', hardware.disk);
  const serial = new SerialConsole(logFile(options.log, facts.name));
  const node = new VmNode(facts.name, hardware, serial, { directory, keep: false });
  await started(node, async () => {
    await node.powerOn({ incoming: join(saved.directory, 'ram') });
    await node.thaw();
  });
  return node;
}

async function started(node: VmNode, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await node.dispose();
    throw error;
  }
}

async function makeOverlay(base: string, format: 'raw' | 'qcow2', overlay: string): Promise<void> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', format, overlay], {
    stdin: 'ignore',
  });
}

/** A directory for one node's disks; those of processes that are gone are removed on the way. */
async function nodeDirectory(name: string): Promise<string> {
  const all = join(CACHE_DIRECTORY, 'run');
  await mkdir(all, { recursive: true });
  for (const entry of await readdir(all)) {
    if (!existsSync(`/proc/${entry.split('-')[0]}`))
      await rm(join(all, entry), { recursive: true, force: true });
  }
  return mkdtemp(join(all, `${process.pid}-${name}-`));
}

function logFile(log: string | undefined, name: string): string {
  const directory = (log ?? `process-${process.pid}`).replaceAll(/[^\w.-]+/g, '-').slice(0, 80);
  return join(CACHE_DIRECTORY, 'logs', directory, `${name}.log`);
}
