import fc from 'fast-check';

/** Values that are right where they stand; names are made unique by their index. */
const path = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const inline = fc.string({ maxLength: 200 });
const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o400);

const partition = fc.record(
  {
    start_mib: fc.integer({ min: 1, max: 9 }),
    size_mib: fc.integer({ min: 1, max: 900 }),
    wipe_partition_entry: fc.boolean(),
  },
  { requiredKeys: [] },
);
const filesystem = fc.record({
  format: fc.constantFrom('xfs', 'ext4', 'vfat', 'btrfs'),
  wipe_filesystem: fc.boolean(),
  mount_options: fc.array(fc.constantFrom('defaults', 'ro', 'prjquota'), { maxLength: 2 }),
  with_mount_unit: fc.boolean(),
});
const file = fc.record(
  { contents: fc.record({ inline }), mode, overwrite: fc.boolean() },
  { requiredKeys: ['contents'] },
);
const unit = fc.record(
  {
    enabled: fc.boolean(),
    mask: fc.boolean(),
    contents: fc.constantFrom(
      '[Unit]\nA=b\n[Install]\nWantedBy=x\n',
      '[Service]\nExecStart=/x\n[Install]\nAlias=y',
    ),
  },
  { requiredKeys: [] },
);
const user = fc.record(
  {
    groups: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 3 }),
    shell: path,
    system: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** fcos 1.3 configs in which nothing is wrong, as what YAML holds. */
export const validConfigs = fc
  .record({
    partitions: fc.array(partition, { maxLength: 3 }),
    filesystems: fc.array(filesystem, { maxLength: 3 }),
    files: fc.array(fc.tuple(path, file), { maxLength: 4 }),
    units: fc.array(unit, { maxLength: 3 }),
    users: fc.array(user, { maxLength: 3 }),
    mirror: fc.boolean(),
    tpm2: fc.boolean(),
  })
  .map(({ partitions, filesystems, files, units, users, mirror, tpm2 }) => ({
    variant: 'fcos',
    version: '1.3.0',
    boot_device: {
      layout: 'x86_64',
      luks: { tpm2 },
      mirror: { devices: mirror ? ['/dev/vdx', '/dev/vdy'] : [] },
    },
    storage: {
      disks: [
        {
          device: '/dev/vda',
          partitions: partitions.map(({ start_mib, ...rest }, i) => ({
            ...rest,
            number: i + 5,
            ...(start_mib === undefined ? {} : { start_mib: (i + 1) * 1000 + start_mib }),
          })),
        },
      ],
      filesystems: filesystems.map((found, i) => ({
        ...found,
        device: `/dev/disk/by-partlabel/p${i}`,
        path: `/var/m${i}`,
      })),
      files: files.map(([where, found], i) => ({ ...found, path: `/f${i}${where}` })),
    },
    systemd: { units: units.map((found, i) => ({ ...found, name: `u${i}.service` })) },
    passwd: { users: users.map((found, i) => ({ ...found, name: `u${i}` })) },
  }));
