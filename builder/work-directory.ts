import { SEED_CREATE_DIRECTORY } from '../core/contract/paths.ts';

/** Everything a build writes on the node; gone when it is over. Never part of the image. */
export const WORK_DIRECTORY = SEED_CREATE_DIRECTORY;

/** The OCI layout that is pushed. */
export const IMAGE_DIRECTORY = `${WORK_DIRECTORY}/image`;

/** The small files of the layer `metadata`. */
export const SCRATCH_DIRECTORY = `${WORK_DIRECTORY}/metadata`;

/** What was stopped for the snapshot. */
export const STOPPED_PATH = `${WORK_DIRECTORY}/stopped.json`;

/** The sequence runner's journal of the build; apart from the agent's, which may be at work at the same time. */
export const BUILD_JOURNAL_PATH = `${WORK_DIRECTORY}/journal.json`;

/** Database and crypto of a cluster as they were, and the record of them. */
export const KEPT_DIRECTORY = `${WORK_DIRECTORY}/kept`;
export const KEPT_PATH = `${WORK_DIRECTORY}/kept.json`;

/** Where recert stages its changes. */
export const RECERT_DIRECTORY = `${WORK_DIRECTORY}/recert`;
