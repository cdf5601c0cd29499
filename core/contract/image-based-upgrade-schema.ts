import { z } from 'zod';
import { carryOverRefusal } from './carry-over-path.ts';
import { metadata } from './resource-header.ts';
import { API_VERSIONS, STAGES } from './stage.ts';

// A field written with nothing behind it (`additionalImages:`) is absent, as it is for the Kubernetes API.

const objectRef = z.strictObject({ name: z.string().min(1), namespace: z.string().min(1) });
const objectRefs = z.array(objectRef).nullish();

/** Upstream's pattern: optional transport, no blanks. */
const pullSpec = z.string().regex(/^([a-z0-9]+:\/\/)?\S*$/, 'must be a pull spec without blanks');

/** Lists more images to precache; the documentation's samples carry empty texts for "none". */
const additionalImages = z
  .strictObject({ name: z.string().default(''), namespace: z.string().default('') })
  .nullish();

const lca = z
  .strictObject({
    carryOver: z
      .array(
        z.string().superRefine((path, check) => {
          const refusal = carryOverRefusal(path);
          if (refusal !== undefined) check.addIssue({ code: 'custom', message: refusal });
        }),
      )
      .nullish(),
  })
  .nullish();

const shared = {
  stage: z.enum(STAGES),
  oadpContent: objectRefs,
  extraManifests: objectRefs,
  additionalImages,
  lca,
};

const header = { kind: z.literal('ImageBasedUpgrade'), status: z.unknown().optional() };

interface NeedsSeed {
  readonly stage: (typeof STAGES)[number];
  readonly seedImageRef?:
    | { readonly version?: string | null | undefined; readonly image?: string | null | undefined }
    | null
    | undefined;
}

/** A seed is needed as soon as there is something to prepare, and then both its halves are. */
function seedIsNamed(spec: NeedsSeed, check: z.core.$RefinementCtx<NeedsSeed>): void {
  const { version, image } = spec.seedImageRef ?? {};
  const needed = spec.stage === 'Prep' || spec.stage === 'Upgrade' || Boolean(version) !== Boolean(image);
  if (!needed) return;
  const absent = [!version && 'version', !image && 'image'].filter((name) => name !== false);
  for (const name of absent) {
    check.addIssue({
      code: 'custom',
      path: ['seedImageRef', name],
      params: { missing: true },
      message: `is missing: stage ${spec.stage} needs the seed's version and image`,
    });
  }
}

const seedFields = { version: z.string().nullish(), image: pullSpec.nullish() };

export const requestV1 = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  ...header,
  metadata: metadata.refine(({ name }) => name === 'upgrade', {
    path: ['name'],
    message: 'must be upgrade: there is one ImageBasedUpgrade a node',
  }),
  spec: z
    .strictObject({
      ...shared,
      seedImageRef: z
        .strictObject({ ...seedFields, pullSecretRef: z.strictObject({ name: z.string().min(1) }).nullish() })
        .nullish(),
      autoRollbackOnFailure: z
        .strictObject({ initMonitorTimeoutSeconds: z.int().min(0).nullish() })
        .nullish(),
    })
    .superRefine(seedIsNamed),
});

/** The schema says boolean; the guide's samples show `"true"`. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
  .nullish()
  .transform((value) => value ?? false);

export const requestV1alpha1 = z.strictObject({
  apiVersion: z.enum(API_VERSIONS),
  ...header,
  metadata,
  spec: z
    .strictObject({
      ...shared,
      seedImageRef: z
        .strictObject({
          ...seedFields,
          pullSecretRef: z.union([z.string(), z.strictObject({ name: z.string().min(1) })]).nullish(),
        })
        .nullish(),
      autoRollbackOnFailure: z
        .strictObject({
          disabledForPostRebootConfig: flag,
          disabledForUpgradeCompletion: flag,
          disabledInitMonitor: flag,
          initMonitorTimeoutSeconds: z.int().nullish(),
        })
        .nullish(),
    })
    .superRefine(seedIsNamed),
});

const useAnnotation = (name: string) =>
  `Set the annotation auto-rollback-on-failure.lca.openshift.io/${name}: Disabled instead, or use apiVersion lca.openshift.io/v1alpha1.`;

/** Remedies for fields that only the older version has. */
export const V1ALPHA1_ONLY: Readonly<Record<string, string>> = {
  'spec.autoRollbackOnFailure.disabledForPostRebootConfig': useAnnotation('post-reboot-config'),
  'spec.autoRollbackOnFailure.disabledForUpgradeCompletion': useAnnotation('upgrade-completion'),
  'spec.autoRollbackOnFailure.disabledInitMonitor': useAnnotation('init-monitor'),
};
