/** Where lca keeps everything it tells to or hears from the world. */
export const LCA_DIRECTORY = '/var/lib/lca';

/** The request: an ImageBasedUpgrade. Written by the user (or the cluster door). */
export const REQUEST_PATH = `${LCA_DIRECTORY}/ibu.yaml`;
/** The request's status. Written by the agent only. */
export const STATUS_PATH = `${LCA_DIRECTORY}/status.yaml`;

export const SEED_GENERATOR_PATH = `${LCA_DIRECTORY}/seedgenerator.yaml`;
export const SEED_GENERATOR_STATUS_PATH = `${LCA_DIRECTORY}/seedgenerator-status.yaml`;

/** Working files of a seed that a SeedGenerator asks for, credentials among them. Mode 0700; gone when it is over. */
export const SEED_GENERATOR_DIRECTORY = `${LCA_DIRECTORY}/seed-generator`;
/** How the builder that the agent has started fares; see `seed-result.ts`. */
export const SEED_RESULT_PATH = `${SEED_GENERATOR_DIRECTORY}/result.json`;
/** What the cluster door remembers of the SeedGenerator; see `seed-generator-door.ts`. */
export const SEED_GENERATOR_DOOR_PATH = `${LCA_DIRECTORY}/seed-generator-door.json`;
/** Everything a build of a seed writes on the node; gone when it is over. Never part of the image. */
export const SEED_CREATE_DIRECTORY = `${LCA_DIRECTORY}/seed-create`;
/**
 * While this file is there, the cluster is being made ready for a seed's snapshot, or is stopped for it: lca makes no
 * objects in it, for they would be in the image.
 */
export const SEED_SNAPSHOT_PATH = `${SEED_CREATE_DIRECTORY}/snapshot`;

/** ConfigMaps and Secrets that specs refer to: any `*.yaml`, at any depth. */
export const OBJECTS_DIRECTORY = `${LCA_DIRECTORY}/objects`;

/** Identity and configuration for the first boot of a new stateroot. */
export const SITE_DIRECTORY = `${LCA_DIRECTORY}/site`;
export const SEED_RECONFIGURATION_PATH = `${SITE_DIRECTORY}/manifest.json`;
/** How the old system was reached; see `site-network.ts`. */
export const SITE_NETWORK_PATH = `${SITE_DIRECTORY}/network.json`;
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
/** What the cluster door remembers of the resource; see `cluster-door.ts`. */
export const CLUSTER_DOOR_PATH = `${LCA_DIRECTORY}/cluster-door.json`;
/** A kubeconfig that the node's owner made for lca; without one lca looks for the node's own. */
export const KUBECONFIG_PATH = `${LCA_DIRECTORY}/kubeconfig`;
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
