import { type ContainersPartition, MOUNT_OPTIONS, partitionDevice } from './containers-partition.ts';

/**
 * The Butane file for a container partition, as the product guide has it (`storage.bu`): ready for
 * `lca butane storage.bu`, or for any other Butane.
 */
export function containersPartitionButane({ device, startMib, sizeMib, label }: ContainersPartition): string {
  return `variant: fcos
version: 1.3.0
storage:
  disks:
    - device: ${device}
      wipe_table: false
      partitions:
        - label: ${label}
          start_mib: ${startMib}
          size_mib: ${sizeMib}
  filesystems:
    - path: /var/lib/containers
      device: ${partitionDevice(label)}
      format: xfs
      wipe_filesystem: true
      with_mount_unit: true
      mount_options:
${MOUNT_OPTIONS.map((option) => `        - ${option}`).join('\n')}
`;
}
