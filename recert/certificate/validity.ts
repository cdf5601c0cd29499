import type { CertificateView, DerEdit } from '../codec/der/index.ts';
import { time, timeOf } from '../codec/der/index.ts';

/**
 * - `keep`: the old bounds
 * - `extend`: from now on, as long as before
 * - `expire`: ended now, as long as before (so that extending later restores it)
 */
export type ValidityMode = 'keep' | 'extend' | 'expire';

/** Edits of a certificate's validity; the length is always kept. */
export function validityEdits(
  certificate: CertificateView,
  mode: ValidityMode,
  now: Date,
): readonly DerEdit[] {
  if (mode === 'keep') return [];
  const length = timeOf(certificate.notAfter).getTime() - timeOf(certificate.notBefore).getTime();
  const moment = Math.floor(now.getTime() / 1000) * 1000;
  const start = mode === 'extend' ? moment : moment - length;
  return [
    { node: certificate.notBefore, replacement: time(new Date(start)) },
    { node: certificate.notAfter, replacement: time(new Date(start + length)) },
  ];
}
