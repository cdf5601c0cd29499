import { z } from 'zod';
import { orNull, type ReadOnly } from '../read-only.ts';
import type { Source } from '../source.ts';
import { validate } from '../validate.ts';
import { anything, decidedMetadata, duration, header } from './resource.ts';

const secretKey = z.strictObject({ name: z.string().min(1), key: z.string().min(1) });
const yes = z
  .enum(['true', 'false'])
  .nullish()
  .transform((value) => value === 'true');

/** Settings of Velero's plugin for AWS, as far as lca's own engine has them; those without an effect on it are let in. */
const config = z.strictObject({
  region: orNull(z.string()),
  s3Url: orNull(z.url({ protocol: /^https?$/ })),
  publicUrl: orNull(z.string()),
  profile: orNull(z.string()),
  s3ForcePathStyle: yes,
  insecureSkipTLSVerify: yes,
  signatureVersion: orNull(z.enum(['4'])),
  checksumAlgorithm: orNull(z.string()),
  serverSideEncryption: orNull(z.enum(['AES256', 'aws:kms'])),
  kmsKeyId: orNull(z.string()),
});

const spec = z.strictObject({
  provider: z.enum(['aws', 'velero.io/aws']),
  config: config.prefault({}),
  credential: secretKey,
  objectStorage: z.strictObject({
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._/-]*$/, 'may hold letters, digits, ".", "_", "-" and "/"')
      .nullish()
      .transform((value) => (value ?? '').replaceAll(/^\/+|\/+$/g, '')),
    /** Base64 of PEM. */
    caCert: orNull(z.string().regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, 'must be base64')),
    caCertRef: orNull(secretKey),
  }),
  accessMode: z
    .enum(['ReadWrite', 'ReadOnly'])
    .nullish()
    .transform((value) => value ?? 'ReadWrite'),
  default: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
  backupSyncPeriod: duration,
  validationFrequency: duration,
});

const schema = z.strictObject({
  ...header,
  kind: z.literal('BackupStorageLocation'),
  status: anything,
  spec,
});

/** A Velero BackupStorageLocation in a bucket, as lca's own engine works with it. */
export type BackupStorageLocation = ReadOnly<
  ReturnType<typeof decidedMetadata> & { kind: 'BackupStorageLocation'; spec: z.output<typeof spec> }
>;

/** @throws ContractError naming every problem with its place, field and remedy */
export function parseBackupStorageLocation(source: Source): BackupStorageLocation {
  const { metadata, spec: decided } = validate(source, schema, 'a BackupStorageLocation (velero.io/v1)');
  return { kind: 'BackupStorageLocation', ...decidedMetadata(metadata), spec: decided };
}
