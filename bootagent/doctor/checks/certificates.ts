import { certificatesAt, type StoredCertificate } from '../../../core/certificates/read-certificates.ts';
import { DEFAULT_INIT_MONITOR_TIMEOUT_SECONDS } from '../../../core/contract/image-based-upgrade.ts';
import type { Host } from '../../../core/host/host.ts';
import {
  CERTIFICATE_PLACES,
  filesOf,
  NETWORK_CERTIFICATE_REMEDY,
  networkCertificates,
  type PlaceKind,
} from '../certificates/places.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

const HOUR_MS = 3_600_000;
/** Upstream's margin before the end of kubelet's certificates, for a node that has to come back in time. */
const MARGIN_MS = HOUR_MS / 2;
/** Somebody may look at the new system for some days before deciding to go back. */
const DECISION_HOURS = 48;

interface Found extends StoredCertificate {
  readonly kind: PlaceKind;
  readonly remedy: string;
}

/**
 * No certificate of the running system ends while it is not booted: nobody would renew it, and a node that goes back
 * would not get into its cluster, its registry or its network again.
 */
export const certificates: DoctorCheck = {
  name: 'certificates',
  async look({ host, request }) {
    const all = await allCertificates(host);
    // a request that cannot be read is told of by the check for it
    const asked = await request().catch(() => null);
    const seconds =
      asked?.autoRollbackOnFailure.initMonitorTimeoutSeconds ?? DEFAULT_INIT_MONITOR_TIMEOUT_SECONDS;
    const now = host.now().getTime();
    const attemptEnds = now + seconds * 1000 + MARGIN_MS;
    const decisionEnds = now + DECISION_HOURS * HOUR_MS;
    const left = all.filter(
      ({ kind, validUntil }) => kind === 'current' || kind === 'self-made' || validUntil.getTime() > now,
    );
    const soon = left
      .filter(({ validUntil }) => validUntil.getTime() < Math.max(decisionEnds, attemptEnds))
      .toSorted((a, b) => a.validUntil.getTime() - b.validUntil.getTime());
    const fatal = soon.filter(
      ({ kind, validUntil }) =>
        (kind === 'current' || kind === 'revisions') && validUntil.getTime() < attemptEnds,
    );
    const [worst] = fatal.length > 0 ? fatal : soon;
    if (worst === undefined)
      return fine(`${all.length} certificates are valid for longer than a way back takes`);
    const said = told(fatal.length > 0 ? fatal : soon, now);
    return fatal.length > 0 ? blocker(said, worst.remedy) : warning(said, worst.remedy);
  },
};

async function allCertificates(host: Host): Promise<readonly Found[]> {
  const found: Found[] = [];
  const add = async (path: string, kind: PlaceKind, remedy: string) => {
    for (const certificate of await certificatesAt(host, path)) found.push({ ...certificate, kind, remedy });
  };
  for (const place of CERTIFICATE_PLACES) {
    for (const path of await filesOf(host, place)) await add(path, place.kind, place.remedy(path));
  }
  for (const path of await networkCertificates(host))
    await add(path, 'current', NETWORK_CERTIFICATE_REMEDY(path));
  return found;
}

function told(some: readonly Found[], now: number): string {
  return some
    .map(({ path, subject, validUntil }) => {
      const ends = validUntil.getTime() <= now ? 'has ended' : 'ends';
      return `the certificate of ${subject} (${path}) ${ends} at ${validUntil.toISOString()}, before a way back would be over`;
    })
    .join('; ');
}
