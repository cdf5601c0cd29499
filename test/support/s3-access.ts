import type { S3Access } from '../../core/tools/s3/s3-access.ts';

/** How a bucket is reached that a test plays itself. */
export function playedAccess(port: number): S3Access {
  return {
    name: 'BackupStorageLocation site',
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'site',
    region: 'us-east-1',
    pathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: null },
    trusted: [],
    insecureSkipVerify: false,
    encryption: {},
  };
}
