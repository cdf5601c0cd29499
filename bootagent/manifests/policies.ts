import { z } from 'zod';
import { TARGET_MANIFEST_COUNT } from '../../core/contract/annotations.ts';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import {
  APPLY_TYPE,
  LAST_WAVE,
  type Manifest,
  type ManifestObject,
  manifestObject,
  TARGET_VERSION,
} from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

export const POLICY_API = 'policy.open-cluster-management.io/v1';
const DEPLOY_WAVE = 'ran.openshift.io/ztp-deploy-wave';

const policy = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.looseObject({
    disabled: z.boolean().nullish(),
    remediationAction: z.string().nullish(),
    'policy-templates': z
      .array(z.looseObject({ objectDefinition: z.looseObject({ kind: z.string(), spec: z.unknown() }) }))
      .nullish(),
  }),
});
const configuration = z.looseObject({
  'object-templates': z
    .array(z.looseObject({ complianceType: z.string(), objectDefinition: z.unknown() }))
    .nullish(),
});

type Policy = z.output<typeof policy>;

/**
 * The objects that policies on the cluster hold for a target version: of policies that are bound (`<ns>.<name>`), not
 * enforced, and have a deploy wave; one group a policy, by wave and name (backup-restore.md §2.5).
 *
 * @throws ManifestError `invalid` for a compliance type that is not known
 */
export function manifestsOfPolicies(
  policies: readonly unknown[],
  version: string,
): readonly (readonly Manifest[])[] {
  const labels = labelsFor(version);
  return policies
    .flatMap((value) => policy.safeParse(value).data ?? [])
    .filter(isCandidate)
    .toSorted((a, b) => waveOf(a) - waveOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((one) =>
      objectsOf(one).filter(({ object }) => labels.includes(object.metadata.labels?.[TARGET_VERSION] ?? '')),
    )
    .filter((group) => group.length > 0);
}

/** What an object's label may say to be meant for a version: `4.16.2`, `4.16`, or the version as it stands. */
export function labelsFor(version: string): readonly string[] {
  const [, release, minor] = /^((\d+\.\d+)\.\d+)/.exec(version) ?? [];
  return [version, release, minor].filter((label) => label !== undefined);
}

/**
 * Compares the number of objects found with the one that the request's annotation announces; without it nothing is
 * compared.
 *
 * @throws ManifestError `count-mismatch`
 */
export function checkCount({ annotations }: UpgradeRequest, groups: readonly (readonly Manifest[])[]): void {
  const announced = annotations[TARGET_MANIFEST_COUNT];
  const found = groups.flat().length;
  if (announced === undefined || Number(announced) === found) return;
  throw new ManifestError(
    'count-mismatch',
    `The labeled manifests count found in policies ${found} does not match the expected manifests count ${announced}`,
    {
      remedy: `See that the policies are bound to this node and their objects labelled ${TARGET_VERSION}, or correct the annotation ${TARGET_MANIFEST_COUNT}.`,
    },
  );
}

function isCandidate({ metadata, spec }: Policy): boolean {
  return (
    spec.disabled !== true &&
    spec.remediationAction?.toLowerCase() !== 'enforce' &&
    metadata.annotations?.[DEPLOY_WAVE] !== undefined &&
    /^[^.]+\..+$/.test(metadata.name)
  );
}

/** A wave that is no integer counts as 0, as upstream has it. */
function waveOf({ metadata }: Policy): number {
  const text = metadata.annotations?.[DEPLOY_WAVE] ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

function objectsOf({ metadata, spec }: Policy): readonly Manifest[] {
  return (spec['policy-templates'] ?? [])
    .filter(({ objectDefinition }) => objectDefinition.kind === 'ConfigurationPolicy')
    .flatMap(
      ({ objectDefinition }) =>
        configuration.safeParse(objectDefinition.spec).data?.['object-templates'] ?? [],
    )
    .flatMap(({ complianceType, objectDefinition }) => {
      const object = manifestObject.safeParse(objectDefinition).data;
      const name = object?.metadata.name;
      if (object === undefined || name === undefined || complianceType.toLowerCase() === 'mustnothave')
        return [];
      const applied = withApplyType(object, complianceType, metadata.name);
      return [{ object: applied, name, namespace: object.metadata.namespace ?? '', wave: LAST_WAVE }];
    });
}

function withApplyType(object: ManifestObject, complianceType: string, of: string): ManifestObject {
  const type = { musthave: 'merge', mustonlyhave: 'replace' }[complianceType.toLowerCase()];
  if (type === undefined) {
    throw new ManifestError('invalid', `unsupported compliance type: ${complianceType} in policy ${of}`);
  }
  const annotations = { ...object.metadata.annotations, [APPLY_TYPE]: type };
  return {
    ...object,
    metadata: { ...object.metadata, annotations },
    ...('status' in object ? { status: {} } : {}),
  };
}
