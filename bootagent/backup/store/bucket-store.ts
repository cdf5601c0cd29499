import type { Host } from '../../../core/host/host.ts';
import type { S3Access } from '../../../core/tools/s3/s3-access.ts';
import type { BackupStore } from './backup-store.ts';

/** Where distributions keep the authorities that the site trusts, in one file. */
const SITE_TRUST = [
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/certs/ca-certificates.crt',
] as const;

/**
 * Opens a bucket. Loaded only when a backup lies in one. The connections end with the signal, or by themselves.
 *
 * @param readPatienceMs how long reading bears an outage, beyond some tries: after a boot the network and the clock come up
 */
export async function openBucket(
  host: Host,
  access: S3Access,
  prefix: string,
  signal: AbortSignal,
  readPatienceMs = 0,
): Promise<BackupStore> {
  const { OutagePatience } = await import('../../../core/tools/outage-patience.ts');
  const { S3Client } = await import('../../../core/tools/s3/s3-client.ts');
  const { S3Store } = await import('./s3-store.ts');
  const trusted = [...access.trusted];
  for (const path of SITE_TRUST) {
    const text = await host.readText(path);
    if (text === undefined) continue;
    trusted.push(text);
    break;
  }
  const sleep = (ms: number, until?: AbortSignal) => host.sleep(ms, until);
  const readPatience = new OutagePatience(readPatienceMs, async () => (await host.uptimeSeconds()) * 1000);
  return new S3Store(new S3Client({ ...access, trusted }, { sleep, signal, readPatience }), prefix);
}
