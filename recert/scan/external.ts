import { hash } from 'node:crypto';
import { findFields } from '../codec/object/index.ts';
import { scanPem } from '../codec/pem/index.ts';
import { latin1, utf8 } from '../codec/text.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';

/** ConfigMaps whose certificates are other parties' (upstream's documented rule), with the data key that counts. */
const BUNDLES = [
  ['openshift-config-managed', 'trusted-ca-bundle'],
  ['openshift-config', 'user-ca-bundle'],
] as const;
const BUNDLE_KEY = 'ca-bundle.crt';

/**
 * Ids of the certificates that are not the cluster's: those in the trust bundles users gave and in the additional CAs
 * of the image configuration.
 *
 * @param roots the database's roots (`kubernetes.io`, `registry`)
 */
export async function externalCertificates(
  etcd: EtcdOverlay,
  roots: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const take = (bundle: Uint8Array): void => {
    for (const { label, der } of scanPem(latin1(bundle)).blocks) {
      if (label === 'CERTIFICATE') ids.add(hash('sha256', der, 'hex'));
    }
  };
  for (const root of roots) {
    for (const [namespace, name] of BUNDLES) {
      const bundle = await etcd.get(`/${root}/configmaps/${namespace}/${name}`);
      for (const { bytes } of fields(bundle, `data{${BUNDLE_KEY}}`)) take(bytes);
    }
    const image = await etcd.get(`/${root}/config.openshift.io/images/cluster`);
    for (const { bytes } of fields(image, 'spec.additionalTrustedCA.name')) {
      const map = await etcd.get(`/${root}/configmaps/openshift-config/${utf8(bytes)}`);
      for (const field of fields(map, 'data{*}')) take(field.bytes);
    }
  }
  return ids;
}

function fields(value: Uint8Array | undefined, pattern: string): readonly { readonly bytes: Uint8Array }[] {
  return value === undefined ? [] : findFields(value, pattern);
}
