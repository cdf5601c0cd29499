import { X509Certificate } from 'node:crypto';
import type { Host } from '../../../core/host/host.ts';
import { staterootPath } from '../../../core/sysroot/sysroot.ts';

/** The kubelet's own certificates; each name is a symbolic link to the newest. */
const CERTIFICATES = ['kubelet-client-current.pem', 'kubelet-server-current.pem'].map(
  (name) => `/var/lib/kubelet/pki/${name}`,
);
/** What a rollback may need of the time that is left (lifecycle.md 2.3). */
const MARGIN_MS = 30 * 60_000;

/**
 * Until when an unbooted stateroot's cluster can be gone back to: half an hour before the first of its kubelet's
 * certificates expires. Undefined where there is no kubelet.
 *
 * @throws Error if a certificate cannot be read
 */
export async function rollbackExpiration(host: Host, stateroot: string): Promise<Date | undefined> {
  const inside = host.within(staterootPath(stateroot));
  const ends: number[] = [];
  for (const path of CERTIFICATES) {
    const pem = await inside.readText(path);
    if (pem !== undefined) ends.push(new X509Certificate(pem).validToDate.getTime());
  }
  return ends.length === 0 ? undefined : new Date(Math.min(...ends) - MARGIN_MS);
}
