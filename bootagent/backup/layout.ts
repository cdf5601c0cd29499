/** Keys of Velero's layout of a bucket (backup-restore.md 3.1), and of what lca adds inside a backup's directory. */

/** A backup's directory, or an object in it. */
export function backupKey(backup: string, name?: string): string {
  return name === undefined ? `backups/${backup}` : `backups/${backup}/${name}`;
}

/** The Backup itself. Its existence is the proof of the backup's, so it is written last. */
export const BACKUP_RESOURCE = 'velero-backup.json';

/** The archive of resources. */
export function resourcesKey(backup: string): string {
  return backupKey(backup, `${backup}.tar.gz`);
}

/** lca's own: names, sizes and SHA-256 of all other objects. */
export function checksumsKey(backup: string): string {
  return backupKey(backup, `${backup}.sha256`);
}

/** lca's own: the archives of volumes. */
export const VOLUMES = 'volumes';
/** lca's own: what the volume archives hold. */
export const VOLUME_INDEX = `${VOLUMES}/index.json`;

/** A volume's archive. */
export function volumeArchive(volume: string): string {
  return `${VOLUMES}/${volume}.tar.zst`;
}

/** Side files that Velero writes beside the archive of resources, and what is in them when there is nothing to say. */
export function emptySideFiles(backup: string): Readonly<Record<string, unknown>> {
  return {
    [`${backup}-resource-list.json.gz`]: {},
    [`${backup}-podvolumebackups.json.gz`]: [],
    [`${backup}-volumesnapshots.json.gz`]: [],
    [`${backup}-itemoperations.json.gz`]: [],
    [`${backup}-volumeinfo.json.gz`]: [],
    [`${backup}-csi-volumesnapshots.json.gz`]: [],
    [`${backup}-csi-volumesnapshotcontents.json.gz`]: [],
    [`${backup}-csi-volumesnapshotclasses.json.gz`]: [],
  };
}

/** A restore's directory, or an object in it. */
export function restoreKey(restore: string, name?: string): string {
  return name === undefined ? `restores/${restore}` : `restores/${restore}/${name}`;
}
