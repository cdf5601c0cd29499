import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import {
  annotationWarnings,
  isDisabled,
  ROLLBACK_INIT_MONITOR,
  ROLLBACK_POST_REBOOT_CONFIG,
  ROLLBACK_UPGRADE_COMPLETION,
} from './annotations.ts';
import { contractError } from './contract-error.ts';
import { requestV1, requestV1alpha1, V1ALPHA1_ONLY } from './image-based-upgrade-schema.ts';
import { REQUEST_PATH } from './paths.ts';
import { orNull, type ReadOnly } from './read-only.ts';
import { checkHeader } from './resource-header.ts';
import { parseYaml, type Source } from './source.ts';
import { API_VERSIONS, DEFAULT_NAMESPACE, STAGES, type Stage } from './stage.ts';
import { validate } from './validate.ts';

/** Used when `initMonitorTimeoutSeconds` is unset, 0 or (v1alpha1) negative. */
export const DEFAULT_INIT_MONITOR_TIMEOUT_SECONDS = 1800;

const objectRef = z.object({ name: z.string(), namespace: z.string() });

/** The request as lca works with it, whatever version it was written in. Also kept in status.yaml once accepted. */
export const upgradeRequest = z.object({
  apiVersion: z.enum(API_VERSIONS),
  name: z.string(),
  /** The API server's count of spec changes; null for a plain file, see `generationOf`. */
  generation: orNull(z.int()),
  annotations: z.record(z.string(), z.string()),
  stage: z.enum(STAGES),
  /** Null is possible only while the stage is Idle or Rollback. */
  seedImageRef: orNull(
    z.object({
      version: z.string(),
      image: z.string(),
      /** Name of a Secret in the agent's namespace with the key `.dockerconfigjson`. */
      pullSecretRef: orNull(z.string()),
    }),
  ),
  /** ConfigMap with more images to precache. */
  additionalImages: orNull(objectRef),
  /** ConfigMaps with Backup and Restore resources. */
  oadpContent: z.array(objectRef),
  /** ConfigMaps with manifests to apply after the pivot. */
  extraManifests: z.array(objectRef),
  /** True: the trigger is armed, as it is by default. */
  autoRollbackOnFailure: z.object({
    postRebootConfig: z.boolean(),
    upgradeCompletion: z.boolean(),
    initMonitor: z.boolean(),
    initMonitorTimeoutSeconds: z.int().min(1),
  }),
  /** Absolute paths taken over into the new stateroot with their data. */
  carryOver: z.array(z.string()),
  /** SHA-256 of the spec as written, keys sorted: another text with the same content has the same hash. */
  specHash: z.string(),
});

export type UpgradeRequest = ReadOnly<z.output<typeof upgradeRequest>>;
export type SeedImageRef = NonNullable<UpgradeRequest['seedImageRef']>;
export type ObjectRef = ReadOnly<z.output<typeof objectRef>>;
export type AutoRollback = UpgradeRequest['autoRollbackOnFailure'];

type Written = z.output<typeof requestV1> | z.output<typeof requestV1alpha1>;

/**
 * Parses an `ImageBasedUpgrade`, v1 or v1alpha1.
 *
 * @throws ContractError naming every problem with file, line, column, field and remedy
 */
export function parseRequest(text: string, file: string = REQUEST_PATH): UpgradeRequest {
  const source = parseYaml(file, text);
  const apiVersion = checkHeader(source, 'ImageBasedUpgrade', API_VERSIONS);
  return apiVersion === 'lca.openshift.io/v1' ? fromV1(source, apiVersion) : fromV1alpha1(source, apiVersion);
}

/** Reads the request; null if the user has not made one. Throws as `parseRequest` does. */
export async function readRequest(host: Host, path: string = REQUEST_PATH): Promise<UpgradeRequest | null> {
  const text = await host.readText(path);
  return text === undefined ? null : parseRequest(text, path);
}

/**
 * The seed a request names.
 *
 * @throws ContractError `missing-field` if it names none (possible only at stage Idle or Rollback)
 */
export function seedImageRefOf(request: UpgradeRequest): SeedImageRef {
  if (request.seedImageRef !== null) return request.seedImageRef;
  throw contractError('missing-field', REQUEST_PATH, 'spec.seedImageRef is missing', {
    field: 'spec.seedImageRef',
    remedy: 'Add spec.seedImageRef with version and image.',
  });
}

/** The stage that a text asks for, even where the rest of it cannot be used; null if that is not legible. */
export function legibleStage(text: string): Stage | null {
  try {
    const stage = z
      .object({ spec: z.object({ stage: z.enum(STAGES) }) })
      .safeParse(parseYaml('', text).value);
    return stage.success ? stage.data.spec.stage : null;
  } catch {
    return null;
  }
}

/** What the request says that is accepted but most probably not meant. */
export function requestWarnings(request: UpgradeRequest): readonly string[] {
  return annotationWarnings(request.annotations);
}

function fromV1(source: Source, apiVersion: UpgradeRequest['apiVersion']): UpgradeRequest {
  const written = validate(source, requestV1, 'ImageBasedUpgrade v1', V1ALPHA1_ONLY);
  const { annotations } = written.metadata;
  return common(source, apiVersion, written, {
    postRebootConfig: !isDisabled(annotations, ROLLBACK_POST_REBOOT_CONFIG),
    upgradeCompletion: !isDisabled(annotations, ROLLBACK_UPGRADE_COMPLETION),
    initMonitor: !isDisabled(annotations, ROLLBACK_INIT_MONITOR),
    initMonitorTimeoutSeconds: timeout(written.spec.autoRollbackOnFailure?.initMonitorTimeoutSeconds),
  });
}

/** The preview's four spec fields; the annotations that replaced three of them are honoured too. */
function fromV1alpha1(source: Source, apiVersion: UpgradeRequest['apiVersion']): UpgradeRequest {
  const written = validate(source, requestV1alpha1, 'ImageBasedUpgrade v1alpha1');
  const { annotations } = written.metadata;
  const off = written.spec.autoRollbackOnFailure;
  return common(source, apiVersion, written, {
    postRebootConfig: !(
      off?.disabledForPostRebootConfig || isDisabled(annotations, ROLLBACK_POST_REBOOT_CONFIG)
    ),
    upgradeCompletion: !(
      off?.disabledForUpgradeCompletion || isDisabled(annotations, ROLLBACK_UPGRADE_COMPLETION)
    ),
    initMonitor: !(off?.disabledInitMonitor || isDisabled(annotations, ROLLBACK_INIT_MONITOR)),
    initMonitorTimeoutSeconds: timeout(off?.initMonitorTimeoutSeconds),
  });
}

function common(
  source: Source,
  apiVersion: UpgradeRequest['apiVersion'],
  { metadata, spec }: Written,
  autoRollbackOnFailure: AutoRollback,
): UpgradeRequest {
  const images = spec.additionalImages;
  return {
    apiVersion,
    name: metadata.name,
    generation: metadata.generation ?? null,
    annotations: metadata.annotations,
    stage: spec.stage,
    seedImageRef: seedImageRef(spec.seedImageRef),
    additionalImages: images?.name
      ? { name: images.name, namespace: images.namespace || DEFAULT_NAMESPACE }
      : null,
    oadpContent: spec.oadpContent ?? [],
    extraManifests: spec.extraManifests ?? [],
    autoRollbackOnFailure,
    carryOver: [...new Set(spec.lca?.carryOver ?? [])],
    specHash: hashOf(source),
  };
}

function seedImageRef(ref: Written['spec']['seedImageRef']): UpgradeRequest['seedImageRef'] {
  if (!ref?.version || !ref.image) return null;
  const { pullSecretRef: secret } = ref;
  return {
    version: ref.version,
    image: ref.image,
    pullSecretRef: (typeof secret === 'string' ? secret : secret?.name) || null,
  };
}

function timeout(seconds: number | null | undefined): number {
  return seconds !== null && seconds !== undefined && seconds > 0
    ? seconds
    : DEFAULT_INIT_MONITOR_TIMEOUT_SECONDS;
}

function hashOf(source: Source): string {
  const { spec } = z.object({ spec: z.unknown() }).parse(source.value);
  return createHash('sha256').update(canonical(spec)).digest('hex');
}

/** JSON with sorted keys and without empty fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, field]) => field !== null)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
