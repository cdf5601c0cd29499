import { readCertificate, timeOf } from '../codec/der/index.ts';
import { editFields, findFields } from '../codec/object/index.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';
import type { CryptoEdit } from './reissue.ts';

/** OpenShift's operators read a certificate's dates here and rotate what seems old. */
const NOT_BEFORE = 'auth.openshift.io/certificate-not-before';
const NOT_AFTER = 'auth.openshift.io/certificate-not-after';

/**
 * Sets the date annotations of Secrets whose certificate was replaced, where they are already there: to the dates of
 * the first certificate of `tls.crt`, else of the first one of the object.
 */
export async function updateValidityAnnotations(
  etcd: EtcdOverlay,
  edits: readonly CryptoEdit[],
): Promise<void> {
  const certificates = edits.filter(
    ({ kind, location }) => kind === 'certificate' && location.origin === 'etcd',
  );
  for (const [key, inOne] of Map.groupBy(certificates, ({ location }) => location.name)) {
    if (!key.includes('/secrets/')) continue;
    const first = inOne.find(({ location }) => location.steps[0]?.at.includes('tls.crt')) ?? inOne[0];
    if (first === undefined) continue;
    const { notBefore, notAfter } = readCertificate(first.bytes);
    await etcd.edit(key, (value) => {
      const dates = [
        [NOT_BEFORE, notBefore],
        [NOT_AFTER, notAfter],
      ] as const;
      const changes = dates.flatMap(([name, time]) => {
        const path = `metadata.annotations{${JSON.stringify(name)}}`;
        return findFields(value, path).map((field) => ({
          path: field.path,
          set: Buffer.from(
            timeOf(time)
              .toISOString()
              .replace(/\.\d+Z$/, 'Z'),
          ),
        }));
      });
      return changes.length === 0 ? value : editFields(value, changes);
    });
  }
}
