import { Document } from 'yaml';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { ContractError } from './contract-error.ts';
import { upgradeRequest } from './image-based-upgrade.ts';
import { STATUS_PATH } from './paths.ts';
import { orNull, type ReadOnly } from './read-only.ts';
import { checkHeader } from './resource-header.ts';
import { parseYaml } from './source.ts';
import { API_VERSIONS, STAGES } from './stage.ts';
import { validate } from './validate.ts';

export const CONDITION_TYPES = [
  'Idle',
  'PrepInProgress',
  'PrepCompleted',
  'UpgradeInProgress',
  'UpgradeCompleted',
  'RollbackInProgress',
  'RollbackCompleted',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const CONDITION_REASONS = [
  'Idle',
  'InProgress',
  'Completed',
  'Failed',
  'Aborting',
  'AbortFailed',
  'Finalizing',
  'FinalizeFailed',
  'InvalidTransition',
  'Blocked',
] as const;
export type ConditionReason = (typeof CONDITION_REASONS)[number];

export const HISTORY_PHASES = ['Stateroot', 'Precache', 'PrePivot', 'PostPivot'] as const;
export type HistoryPhase = (typeof HISTORY_PHASES)[number];

const time = z.iso.datetime({ offset: true, message: 'must be an RFC 3339 time' });

const condition = z.strictObject({
  type: z.enum(CONDITION_TYPES),
  status: z.enum(['True', 'False']),
  reason: z.enum(CONDITION_REASONS),
  message: z.string(),
  observedGeneration: z.int().min(0),
  lastTransitionTime: time,
});

const history = z.strictObject({
  stage: z.enum(['Prep', 'Upgrade', 'Rollback']),
  startTime: time,
  completionTime: orNull(time),
  phases: z
    .array(z.strictObject({ phase: z.enum(HISTORY_PHASES), startTime: time, completionTime: orNull(time) }))
    .default([]),
});

const status = z.strictObject({
  observedGeneration: z.int().min(0),
  /** In the order of their transitions: the last one is the newest. */
  conditions: z.array(condition),
  validNextStages: z.array(z.enum(STAGES)),
  rollbackAvailabilityExpiration: orNull(time),
  history: z.array(history),
});

const progress = z.strictObject({
  sequence: z.string(),
  step: z.string(),
  /** 1-based position of the step in its sequence. */
  index: z.int().min(1),
  total: z.int().min(1),
  message: z.string(),
  startedAt: time,
});

const failure = z.strictObject({
  stage: z.enum(STAGES),
  /** Name of the step that failed; `none` where no step was running. */
  step: z.string(),
  /** The cause, as it stands in the condition. */
  message: z.string(),
  /** Lines that show it: a command's last words, journal lines. Never secrets. */
  evidence: z.array(z.string()),
  remedy: orNull(z.string()),
  time,
});

/** What lca keeps beside the resource's own status. */
const lca = z.strictObject({
  /** Content hash of the spec last observed; `observedGeneration` counts its changes. */
  specHash: z.string(),
  /** The last request that was admitted. Kept so that a broken or changed file cannot derail a stage. */
  accepted: orNull(upgradeRequest),
  /** Why the file as it is now was not admitted (it does not parse, or changes what must not change). */
  refused: orNull(z.strictObject({ message: z.string(), time })),
  progress: orNull(progress),
  lastFailure: orNull(failure),
  stateroots: orNull(z.strictObject({ original: z.string(), new: orNull(z.string()) })),
});

const file = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  kind: z.literal('ImageBasedUpgrade'),
  metadata: z.strictObject({ name: z.string() }),
  status,
  lca,
});

export type Condition = ReadOnly<z.output<typeof condition>>;
export type HistoryEntry = ReadOnly<z.output<typeof history>>;
export type Progress = ReadOnly<z.output<typeof progress>>;
export type LastFailure = ReadOnly<z.output<typeof failure>>;
export type LcaStatus = ReadOnly<z.output<typeof lca>>;
/** The resource's status, with lca's own part under `lca`. */
export type Status = ReadOnly<z.output<typeof status>> & { readonly lca: LcaStatus };

/** The status of a node that was never asked for anything. */
export const FRESH_STATUS: Status = {
  observedGeneration: 0,
  conditions: [],
  validNextStages: [],
  rollbackAvailabilityExpiration: null,
  history: [],
  lca: { specHash: '', accepted: null, refused: null, progress: null, lastFailure: null, stateroots: null },
};

/** Parses the text of status.yaml; throws ContractError. */
export function parseStatus(text: string, path: string = STATUS_PATH): Status {
  const source = parseYaml(path, text);
  checkHeader(source, 'ImageBasedUpgrade', API_VERSIONS);
  const parsed = validate(source, file, "lca's status file");
  return { ...parsed.status, lca: parsed.lca };
}

/** The text of status.yaml: the resource as a cluster would show it; fields that are not set are left out. */
export function statusText(value: Status, name = 'upgrade'): string {
  const { lca: own, ...rest } = value;
  const document = new Document(
    withoutNulls({
      apiVersion: API_VERSIONS[0],
      kind: 'ImageBasedUpgrade',
      metadata: { name },
      status: rest,
      lca: own,
    }),
  );
  document.commentBefore = " Written by lca's agent; edit ibu.yaml instead.";
  return document.toString({ lineWidth: 0 });
}

export type StatusRead =
  | { readonly kind: 'read'; readonly status: Status }
  | { readonly kind: 'absent'; readonly status: Status }
  /** The file could not be used: it was renamed to `setAside` and the status starts afresh. */
  | {
      readonly kind: 'corrupt';
      readonly status: Status;
      readonly setAside: string;
      readonly error: ContractError;
    };

/**
 * Reads the status. A file that does not parse is renamed aside and reported, never thrown: the agent must come up
 * whatever it finds.
 */
export async function readStatus(host: Host, path: string = STATUS_PATH): Promise<StatusRead> {
  const text = await host.readText(path);
  if (text === undefined) return { kind: 'absent', status: FRESH_STATUS };
  try {
    return { kind: 'read', status: parseStatus(text, path) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const setAside = `${path}.corrupt-${host
      .now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')}`;
    await host.rename(path, setAside);
    return { kind: 'corrupt', status: FRESH_STATUS, setAside, error };
  }
}

/** Replaces status.yaml atomically. */
export async function writeStatus(host: Host, value: Status, path: string = STATUS_PATH): Promise<void> {
  await host.writeAtomic(path, statusText(value, value.lca.accepted?.name), { mode: 0o644 });
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}
