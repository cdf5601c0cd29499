import type { Objects, Secret } from '../../../core/contract/objects.ts';
import type { BackupStorageLocation } from '../../../core/contract/velero/backup-storage-location.ts';
import type { S3Access } from '../../../core/tools/s3/s3-access.ts';
import { contentRefused } from '../content.ts';

/** Of stores that are not Amazon's. */
const DEFAULT_REGION = 'us-east-1';

/** Finds a Secret's values; undefined if there is no such Secret. */
export type FindSecret = (ref: {
  readonly namespace: string;
  readonly name: string;
}) => Promise<Secret['data'] | undefined>;

/** Secrets below objects/. */
export function secretsOf(objects: Objects): FindSecret {
  return async (ref) => objects.findSecret(ref)?.data;
}

/**
 * How to reach the bucket of a location, with the credentials and the authority that its Secrets hold.
 *
 * @throws BackupError `content-refused` naming the Secret and key; never with what they hold
 */
export async function bucketAccess(location: BackupStorageLocation, find: FindSecret): Promise<S3Access> {
  const { name, spec } = location;
  const { config, credential, objectStorage } = spec;
  const region = config.region ?? DEFAULT_REGION;
  const spoken = `BackupStorageLocation ${name}`;
  const text = await secretValue(location, find, credential);
  const credentials = parseCredentials(text, config.profile ?? 'default');
  if (credentials === undefined) {
    throw contentRefused(
      `Secret ${location.namespace}/${credential.name}, key ${credential.key}, holds no credentials for profile ${config.profile ?? 'default'}, which ${spoken} needs`,
      { remedy: 'Write [default], aws_access_key_id=… and aws_secret_access_key=… into it, a line each.' },
    );
  }
  const { caCert, caCertRef } = objectStorage;
  const trusted = [
    ...(caCert === null ? [] : [Buffer.from(caCert, 'base64').toString()]),
    ...(caCertRef === null ? [] : [await secretValue(location, find, caCertRef)]),
  ];
  const kms = config.kmsKeyId;
  const encryption = config.serverSideEncryption ?? (kms === null ? null : 'aws:kms');
  return {
    name: spoken,
    endpoint: config.s3Url ?? `https://s3.${region}.amazonaws.com`,
    bucket: objectStorage.bucket,
    region,
    pathStyle: config.s3ForcePathStyle,
    credentials,
    trusted,
    insecureSkipVerify: config.insecureSkipTLSVerify,
    encryption: {
      ...(encryption === null ? {} : { 'x-amz-server-side-encryption': encryption }),
      ...(kms === null ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': kms }),
    },
  };
}

async function secretValue(
  { name, namespace }: BackupStorageLocation,
  find: FindSecret,
  ref: { readonly name: string; readonly key: string },
): Promise<string> {
  const value = (await find({ namespace, name: ref.name }))?.[ref.key];
  if (value !== undefined) return value;
  throw contentRefused(
    `Secret ${namespace}/${ref.name} with key ${ref.key}, which BackupStorageLocation ${name} names, is not there`,
    { remedy: 'Make the Secret in the cluster, or put it below /var/lib/lca/objects.' },
  );
}

/** A profile of an AWS credentials file (INI); undefined if it is not there or not whole. */
function parseCredentials(text: string, profile: string): S3Access['credentials'] | undefined {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]\s*$/.exec(line);
    const pair = /^\s*([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (header !== null) section = header[1] ?? '';
    else if (pair !== null && section === profile) values.set((pair[1] ?? '').toLowerCase(), pair[2] ?? '');
  }
  const [accessKeyId, secretAccessKey] = [
    values.get('aws_access_key_id'),
    values.get('aws_secret_access_key'),
  ];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: values.get('aws_session_token') || null };
}
