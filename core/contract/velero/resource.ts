import { z } from 'zod';
import { orNull } from '../read-only.ts';
import { metadata } from '../resource-header.ts';

export const VELERO_API_VERSION = 'velero.io/v1';
/** Where OADP keeps its resources: the namespace of a Backup or Restore that names none. */
export const VELERO_NAMESPACE = 'openshift-adp';

/** An RFC 1123 subdomain. It becomes a part of paths and keys. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Go's time.ParseDuration, without negative ones. */
const DURATION = /^(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

export const names = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
export const flag = orNull(z.boolean());
export const duration = orNull(z.string().regex(DURATION, 'must be a duration such as 720h or 10m0s'));
/** A field that lca passes on or over without looking into it. */
export const anything = z.unknown().optional();

const selectorOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
export const labelSelector = z.strictObject({
  matchLabels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.enum(selectorOperators), values: names }))
    .nullish()
    .transform((value) => value ?? []),
});

/** Filters that a Backup and a Restore have in common. */
export const filters = {
  includedNamespaces: names,
  excludedNamespaces: names,
  includedResources: names,
  excludedResources: names,
  includeClusterResources: flag,
  labelSelector: orNull(labelSelector),
  orLabelSelectors: z
    .array(labelSelector)
    .nullish()
    .transform((value) => value ?? []),
};

/** kind, version and metadata of a Velero resource. */
export const header = {
  apiVersion: z.literal(VELERO_API_VERSION),
  metadata: metadata.extend({
    name: z
      .string()
      .max(253)
      .regex(NAME, 'must be an RFC 1123 subdomain: lower-case letters, digits, - and .'),
  }),
  status: anything,
};

interface WrittenMetadata {
  readonly name: string;
  readonly namespace?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Metadata with nothing left open. */
export function decidedMetadata({ name, namespace, labels, annotations }: WrittenMetadata) {
  return { name, namespace: namespace || VELERO_NAMESPACE, labels: labels ?? {}, annotations };
}

/** Seconds of a duration as Go writes it: `720h0m0s`. The text must have passed the schema. */
export function durationSeconds(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  );
}

interface Lists {
  readonly field: string;
  readonly included: readonly string[];
  readonly excluded: readonly string[];
  /** Whether `*` is allowed in the exclude list: "none at all". */
  readonly excludeAll?: boolean;
}

/** What is wrong with an include and exclude list: `*` stands alone, and nothing is in both. One clause each. */
export function listProblems({ field, included, excluded, excludeAll = false }: Lists): readonly string[] {
  const problems: string[] = [];
  if (included.includes('*') && included.length > 1)
    problems.push(`included${field} may hold "*" only alone`);
  if (excluded.includes('*') && !excludeAll) problems.push(`excluded${field} must not hold "*"`);
  for (const name of included) {
    if (name !== '*' && excluded.includes(name))
      problems.push(`included${field} and excluded${field} both hold ${JSON.stringify(name)}`);
  }
  return problems;
}
