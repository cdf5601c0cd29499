import { truncate, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { command } from '../../../images/test-host/command.ts';

const MIB = 1024 * 1024;

/** What of an Ignition config says how to lay out a disk (Ignition configuration specification 3.2.0). */
const CONFIG = z.object({
  storage: z.object({
    disks: z.tuple([
      z.object({
        device: z.string(),
        partitions: z.tuple([z.object({ label: z.string(), startMiB: z.number(), sizeMiB: z.number() })]),
      }),
    ]),
    filesystems: z.tuple([z.object({ device: z.string(), format: z.literal('xfs'), path: z.string() })]),
  }),
  systemd: z.object({
    units: z.tuple([z.object({ name: z.string(), contents: z.string(), enabled: z.literal(true) })]),
  }),
});

export type IgnitedConfig = z.output<typeof CONFIG>;

export function parseIgnition(text: string): IgnitedConfig {
  return CONFIG.parse(JSON.parse(text));
}

/** Does to a new disk image what the config tells the installation to do to the disk: partition it, and format it. */
export async function igniteDisk({ storage }: IgnitedConfig, image: string): Promise<void> {
  const [{ label, startMiB, sizeMiB }] = storage.disks[0].partitions;
  await writeFile(image, '');
  await truncate(image, (startMiB + sizeMiB + 1) * MIB);
  await command('partition', [
    'sgdisk',
    `--new=0:${startMiB}M:+${sizeMiB}M`,
    `--change-name=1:${label}`,
    image,
  ]);
  const range = [`--offset=${startMiB * MIB}`, `--sizelimit=${sizeMiB * MIB}`];
  const device = (await command('attach', ['losetup', '--find', '--show', ...range, image])).trim();
  try {
    await command('format', [`mkfs.${storage.filesystems[0].format}`, '-q', device]);
  } finally {
    await command('detach', ['losetup', '--detach', device]);
  }
}
