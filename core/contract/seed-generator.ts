import { createHash } from 'node:crypto';
import { Document } from 'yaml';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { ContractError } from './contract-error.ts';
import { SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { checkHeader, metadata } from './resource-header.ts';
import { parseYaml } from './source.ts';
import { API_VERSIONS, DEFAULT_NAMESPACE } from './stage.ts';
import { validate } from './validate.ts';

const pullSpec = z.string().regex(/^([a-z0-9]+:\/\/)?\S+$/, 'must be a pull spec without blanks');

/** The documented texts of a SeedGenerator's two admission rules (seed-image.md 1.1). */
export const SEED_GENERATOR_NAME = 'seedimage';
export const SEED_GENERATOR_SINGLETON = "seedgen is a singleton, metadata.name must be 'seedimage'";
export const SEED_GENERATOR_IMMUTABLE = 'cannot modify spec, cr must be deleted and recreated';
/** The Secret with credentials for the registry, and its key: a registry auth file. */
export const SEED_GENERATOR_SECRET = {
  namespace: DEFAULT_NAMESPACE,
  name: 'seedgen',
  key: 'seedAuth',
} as const;

/** v1 and v1alpha1 have the same fields. */
const resource = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  kind: z.literal('SeedGenerator'),
  metadata: metadata.refine(({ name }) => name === SEED_GENERATOR_NAME, {
    path: ['name'],
    message: SEED_GENERATOR_SINGLETON,
  }),
  spec: z.strictObject({
    /** Where the seed image is pushed to. */
    seedImage: pullSpec,
    /** Upstream's recert image; lca brings its own recert and only hands the name on. */
    recertImage: pullSpec.nullish().transform((value) => value ?? null),
  }),
  status: z.unknown().optional(),
});

const condition = z.strictObject({
  type: z.enum(['SeedGenInProgress', 'SeedGenCompleted']),
  status: z.enum(['True', 'False']),
  reason: z.enum(['InProgress', 'Completed', 'Failed']),
  message: z.string(),
  observedGeneration: z.int().min(0),
  lastTransitionTime: z.iso.datetime({ offset: true }),
});

const statusFile = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  kind: z.literal('SeedGenerator'),
  metadata: z.strictObject({ name: z.string() }),
  status: z.strictObject({ observedGeneration: z.int().min(0), conditions: z.array(condition) }),
  lca: z.strictObject({
    /** Which request this answers; see `requestId`. */
    request: z.string(),
    /** The builder has been started: from here on the request cannot be taken back. */
    isLaunched: z.boolean(),
  }),
});

export interface SeedGenerator {
  readonly seedImage: string;
  readonly recertImage: string | null;
}
export type SeedGeneratorCondition = ReadOnly<z.output<typeof condition>>;
/** The resource's status, with lca's own part under `lca`. */
export type SeedGeneratorStatus = ReadOnly<z.output<typeof statusFile>['status']> & {
  readonly lca: ReadOnly<z.output<typeof statusFile>['lca']>;
};

/** Parses a `SeedGenerator`, v1 or v1alpha1; throws ContractError. */
export function parseSeedGenerator(text: string, file: string = SEED_GENERATOR_PATH): SeedGenerator {
  const source = parseYaml(file, text);
  checkHeader(source, 'SeedGenerator', API_VERSIONS);
  return validate(source, resource, 'SeedGenerator').spec;
}

/** What tells one request from another: what it says, or its text where that is not legible. */
export function requestId(asked: SeedGenerator | string): string {
  const text = typeof asked === 'string' ? asked : JSON.stringify([asked.seedImage, asked.recertImage]);
  return createHash('sha256').update(text).digest('hex');
}

/** Whether a seed is being made, or is about to be. */
export function isGenerating(status: SeedGeneratorStatus | null): boolean {
  return (
    status?.conditions.some(({ type, status: holds }) => type === 'SeedGenInProgress' && holds === 'True') ??
    false
  );
}

export type SeedGeneratorOutcome = 'InProgress' | 'Completed' | 'Failed';

/**
 * Conditions after a message while generating, after the end, or after a failure, as upstream words them
 * (seed-image.md 1.4): the newest is last. A condition that holds as before keeps the time since when.
 */
export function seedGeneratorConditions(
  outcome: SeedGeneratorOutcome,
  message: string,
  now: Date,
  before: readonly SeedGeneratorCondition[] = [],
): readonly SeedGeneratorCondition[] {
  const made = (
    type: SeedGeneratorCondition['type'],
    status: SeedGeneratorCondition['status'],
    text: string,
  ): SeedGeneratorCondition => {
    const known = before.find((one) => one.type === type && one.status === status);
    const lastTransitionTime = known?.lastTransitionTime ?? now.toISOString();
    return { type, status, reason: outcome, message: text, observedGeneration: 1, lastTransitionTime };
  };
  switch (outcome) {
    case 'InProgress':
      return [made('SeedGenInProgress', 'True', message)];
    case 'Completed':
      return [
        made('SeedGenInProgress', 'False', 'Seed Generation completed'),
        made('SeedGenCompleted', 'True', 'Seed Generation completed'),
      ];
    case 'Failed':
      return [
        made('SeedGenCompleted', 'False', `Seed generation failed: ${message}`),
        made('SeedGenInProgress', 'False', message),
      ];
  }
}

export async function writeSeedGeneratorStatus(
  host: Host,
  { lca, ...status }: SeedGeneratorStatus,
  path: string = SEED_GENERATOR_STATUS_PATH,
): Promise<void> {
  const document = new Document({
    apiVersion: API_VERSIONS[0],
    kind: 'SeedGenerator',
    metadata: { name: SEED_GENERATOR_NAME },
    status,
    lca,
  });
  document.commentBefore = " Written by lca's agent; edit seedgenerator.yaml instead.";
  await host.writeAtomic(path, document.toString({ lineWidth: 0 }));
}

/** Reads the status; null if there is none or it cannot be used (a seed can simply be made again). */
export async function readSeedGeneratorStatus(
  host: Host,
  path: string = SEED_GENERATOR_STATUS_PATH,
): Promise<SeedGeneratorStatus | null> {
  const text = await host.readText(path);
  if (text === undefined) return null;
  try {
    const { status, lca } = validate(parseYaml(path, text), statusFile, "the SeedGenerator's status");
    return { ...status, lca };
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}
