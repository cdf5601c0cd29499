import { z } from 'zod';
import { type ContractErrorCode, contractError } from './contract-error.ts';
import type { Source } from './source.ts';

/**
 * `metadata` of a resource: what lca reads, and the API server's own fields, which a file saved from a cluster has.
 */
export const metadata = z.strictObject({
  name: z.string().min(1),
  annotations: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
  generation: z.int().min(0).nullish(),
  namespace: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  creationTimestamp: z.unknown().optional(),
  deletionGracePeriodSeconds: z.unknown().optional(),
  deletionTimestamp: z.unknown().optional(),
  finalizers: z.unknown().optional(),
  generateName: z.unknown().optional(),
  managedFields: z.unknown().optional(),
  ownerReferences: z.unknown().optional(),
  resourceVersion: z.unknown().optional(),
  selfLink: z.unknown().optional(),
  uid: z.unknown().optional(),
});

/**
 * Checks kind and version before anything else, since all other messages depend on them.
 *
 * @returns the version
 * @throws ContractError `wrong-type`, `missing-field`, `unknown-kind` or `unknown-version`
 */
export function checkHeader<Version extends string>(
  source: Source,
  kind: string,
  versions: readonly Version[],
): Version {
  const refuse = (code: ContractErrorCode, field: string, text: string, remedy: string) => {
    const position = source.locate([field]);
    return contractError(code, source.file, text, {
      field,
      remedy,
      ...(position === undefined ? {} : { position }),
    });
  };
  const header = z
    .looseObject({ kind: z.unknown().optional(), apiVersion: z.unknown().optional() })
    .safeParse(source.value);
  if (!header.success) {
    throw refuse(
      'wrong-type',
      '',
      `the document must be a mapping, a resource of kind ${kind}`,
      `Write apiVersion, kind, metadata and spec.`,
    );
  }
  const { kind: givenKind, apiVersion } = header.data;
  if (givenKind === undefined) throw refuse('missing-field', 'kind', 'kind is missing', `Add kind: ${kind}.`);
  if (givenKind !== kind)
    throw refuse(
      'unknown-kind',
      'kind',
      `kind must be ${kind}, not ${quoted(givenKind)}`,
      `Write kind: ${kind}.`,
    );
  if (apiVersion === undefined)
    throw refuse('missing-field', 'apiVersion', 'apiVersion is missing', `Add apiVersion: ${versions[0]}.`);
  const version = versions.find((known) => known === apiVersion);
  if (version !== undefined) return version;
  throw refuse(
    'unknown-version',
    'apiVersion',
    `apiVersion must be one of ${versions.join(', ')}, not ${quoted(apiVersion)}`,
    `Write apiVersion: ${versions[0]}.`,
  );
}

function quoted(value: unknown): string {
  return (
    JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : (value ?? null))?.slice(0, 60) ??
    'nothing'
  );
}
