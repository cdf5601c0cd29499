/** Where lca keeps everything it tells to or hears from the world. */
export const LCA_DIRECTORY = '/var/lib/lca';

/** The request: an ImageBasedUpgrade. Written by the user (or the cluster door). */
export const REQUEST_PATH = `${LCA_DIRECTORY}/ibu.yaml`;
/** The request's status. Written by the agent only. */
export const STATUS_PATH = `${LCA_DIRECTORY}/status.yaml`;

export const SEED_GENERATOR_PATH = `${LCA_DIRECTORY}/seedgenerator.yaml`;
export const SEED_GENERATOR_STATUS_PATH = `${LCA_DIRECTORY}/seedgenerator-status.yaml`;

/** ConfigMaps and Secrets that specs refer to: any `*.yaml`, at any depth. */
export const OBJECTS_DIRECTORY = `${LCA_DIRECTORY}/objects`;

/** Identity and configuration for the first boot of a new stateroot. */
export const SITE_DIRECTORY = `${LCA_DIRECTORY}/site`;
export const SEED_RECONFIGURATION_PATH = `${SITE_DIRECTORY}/manifest.json`;
/** Restores to be carried out in the first boot, and marks of those that have been. */
export const RESTORES_DIRECTORY = `${SITE_DIRECTORY}/backup`;
export const RESTORE_PLAN_PATH = `${RESTORES_DIRECTORY}/restores.json`;

/** What the seed says of itself, as restored into the new stateroot. */
export const SEED_DIRECTORY = `${LCA_DIRECTORY}/seed`;
export const SEED_INFO_PATH = `${SEED_DIRECTORY}/manifest.json`;
export const SEED_IMAGE_LIST_PATH = `${SEED_DIRECTORY}/containers.list`;

/** Tags of container images to be set before workloads start; see `image-tags.ts`. */
export const IMAGE_TAGS_PATH = `${LCA_DIRECTORY}/image-tags.json`;
/** The try-boot record, in both stateroots. */
export const PIVOT_PATH = `${LCA_DIRECTORY}/pivot.json`;
/** The sequence runner's journal. */
export const JOURNAL_PATH = `${LCA_DIRECTORY}/journal.json`;
/** The black box, one event a line. */
export const EVENTS_PATH = `${LCA_DIRECTORY}/events.jsonl`;

/** Health checks: executables in `required.d` and `wanted.d`. */
export const HEALTH_DIRECTORY = `${LCA_DIRECTORY}/health.d`;

/** Working files of a stage; removed on the way to Idle. Mode 0700. */
export const WORKSPACE_DIRECTORY = `${LCA_DIRECTORY}/workspace`;

/** Backups. Outside of any stateroot, so that the old system and the new one see the same. Mode 0700. */
export const BACKUP_DIRECTORY = '/ostree/lca/backup';
