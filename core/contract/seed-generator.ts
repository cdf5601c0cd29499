import { Document } from 'yaml';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { ContractError } from './contract-error.ts';
import { SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { checkHeader, metadata } from './resource-header.ts';
import { parseYaml } from './source.ts';
import { API_VERSIONS } from './stage.ts';
import { validate } from './validate.ts';

const pullSpec = z.string().regex(/^([a-z0-9]+:\/\/)?\S+$/, 'must be a pull spec without blanks');

/** v1 and v1alpha1 have the same fields. */
const resource = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  kind: z.literal('SeedGenerator'),
  metadata: metadata.refine(({ name }) => name === 'seedimage', {
    path: ['name'],
    message: 'must be seedimage: there is one SeedGenerator a node',
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
});

export interface SeedGenerator {
  readonly seedImage: string;
  readonly recertImage: string | null;
}
export type SeedGeneratorCondition = ReadOnly<z.output<typeof condition>>;
export type SeedGeneratorStatus = ReadOnly<z.output<typeof statusFile>['status']>;

/** Parses a `SeedGenerator`, v1 or v1alpha1; throws ContractError. */
export function parseSeedGenerator(text: string, file: string = SEED_GENERATOR_PATH): SeedGenerator {
  const source = parseYaml(file, text);
  checkHeader(source, 'SeedGenerator', API_VERSIONS);
  return validate(source, resource, 'SeedGenerator').spec;
}

/** Reads the SeedGenerator; null if the user has not made one. */
export async function readSeedGenerator(
  host: Host,
  path: string = SEED_GENERATOR_PATH,
): Promise<SeedGenerator | null> {
  const text = await host.readText(path);
  return text === undefined ? null : parseSeedGenerator(text, path);
}

/** Conditions after a message while generating, after the end, or after a failure, as upstream words them. */
export function seedGeneratorStatus(
  outcome: 'InProgress' | 'Completed' | 'Failed',
  message: string,
  now: Date,
): SeedGeneratorStatus {
  const common = { observedGeneration: 1, lastTransitionTime: now.toISOString() };
  const inProgress = { type: 'SeedGenInProgress', reason: outcome, ...common } as const;
  const completed = { type: 'SeedGenCompleted', reason: outcome, ...common } as const;
  const conditions: Readonly<Record<typeof outcome, readonly SeedGeneratorCondition[]>> = {
    InProgress: [{ ...inProgress, status: 'True', message }],
    Completed: [
      { ...inProgress, status: 'False', message: 'Seed Generation completed' },
      { ...completed, status: 'True', message: 'Seed Generation completed' },
    ],
    Failed: [
      { ...completed, status: 'False', message: `Seed generation failed: ${message}` },
      { ...inProgress, status: 'False', message },
    ],
  };
  return { observedGeneration: 1, conditions: conditions[outcome] };
}

export async function writeSeedGeneratorStatus(
  host: Host,
  status: SeedGeneratorStatus,
  path: string = SEED_GENERATOR_STATUS_PATH,
): Promise<void> {
  const document = new Document({
    apiVersion: API_VERSIONS[0],
    kind: 'SeedGenerator',
    metadata: { name: 'seedimage' },
    status,
  });
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
    return validate(parseYaml(path, text), statusFile, "the SeedGenerator's status").status;
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}
