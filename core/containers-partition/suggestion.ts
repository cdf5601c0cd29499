import type { Host } from '../host/host.ts';
import { containersPartitionButane } from './butane-text.ts';
import { LABELS, RECOMMENDED_START_MIB } from './containers-partition.ts';
import { type Mount, mountAt, mountsOf } from './mount-table.ts';

const BY_ID = '/dev/disk/by-id';
const SECTORS_PER_MIB = 2048;

/** Part of the disk that is left to root, which holds two systems; more is better kept for images. */
const ROOT_SHARE = 0.55;

/** The remedy for a node without a container partition: how to give it one, with a Butane file for its own disk. */
export async function containersPartitionRemedy(host: Host): Promise<string> {
  return suggestion(host, mountsOf((await host.readText('/proc/self/mountinfo')) ?? ''));
}

/** How to give the node a container partition: at installation, with a Butane file for its disk. */
export async function suggestion(host: Host, mounts: readonly Mount[]): Promise<string> {
  const disk = await rootDisk(host, mounts);
  const device = disk === undefined ? `${BY_ID}/wwn-<root_disk>` : await stableName(host, disk);
  const sizeMib = disk === undefined ? undefined : await diskSizeMib(host, disk);
  const startMib = Math.max(RECOMMENDED_START_MIB, Math.floor(((sizeMib ?? 0) * ROOT_SHARE) / 1000) * 1000);
  const file = containersPartitionButane({ device, startMib, sizeMib: 0, label: LABELS.ztp });
  return `It can only be made when the node is installed. Put this into storage.bu:\n\n${file}
Then "lca butane storage.bu" prints the Ignition config for it, and "lca butane containers-partition --help" tells of the other forms (MachineConfig, ignitionConfigOverride). Seed and target must use the same partition label.`;
}

/** The kernel's name of the disk that root is on: `sda`. */
async function rootDisk(host: Host, mounts: readonly Mount[]): Promise<string | undefined> {
  const source = (mountAt(mounts, '/sysroot') ?? mountAt(mounts, '/'))?.source ?? '';
  const [, name] = /^\/dev\/([\w-]+)$/.exec(source) ?? [];
  const place = name === undefined ? undefined : await host.readLink(`/sys/class/block/${name}`);
  if (place === undefined) return undefined;
  // …/block/sda/sda4 for a partition, …/block/sda for a disk
  return /\/block\/([^/]+)/.exec(place)?.[1];
}

async function stableName(host: Host, disk: string): Promise<string> {
  const names = await host.list(BY_ID);
  const links = await Promise.all(
    names.map(async (name) => ({ name, target: await host.readLink(`${BY_ID}/${name}`) })),
  );
  const ours = links.filter(({ target }) => target?.split('/').at(-1) === disk).map(({ name }) => name);
  const best = ours.find((name) => name.startsWith('wwn-')) ?? ours[0];
  return best === undefined ? `/dev/${disk}` : `${BY_ID}/${best}`;
}

async function diskSizeMib(host: Host, disk: string): Promise<number | undefined> {
  const sectors = Number.parseInt((await host.readText(`/sys/class/block/${disk}/size`)) ?? '', 10);
  return Number.isNaN(sectors) ? undefined : Math.floor(sectors / SECTORS_PER_MIB);
}
