import { createPublicKey, type KeyObject } from 'node:crypto';
import { commonNamesOf, readCertificate } from '../codec/der/index.ts';
import type { CertificateNode, Graph } from '../graph/graph.ts';
import type { KeyPair } from '../keys/key-forge.ts';
import { type KeyId, keyIdOf } from '../keys/key-kind.ts';
import { RecertError } from '../recert-error.ts';

/** Certificates of this common name get this private key instead of a new one. */
export interface UseKeyRule {
  readonly commonName: string;
  readonly key: KeyObject;
}

/** This certificate takes the place of those with the same common name. */
export interface UseCertRule {
  /** DER. */
  readonly certificate: Uint8Array;
}

/** What the rules decide for the keys and certificates of a graph. */
export interface GivenCrypto {
  readonly keys: ReadonlyMap<KeyId, KeyPair>;
  /** By certificate id: the certificate to put there as it is. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
  /** Rules that found nothing: worth a warning, as a caller may pass one for each signer that might exist. */
  readonly unused: readonly string[];
}

/**
 * Fits use-key and use-cert rules to the certificates found; names are compared before any renaming.
 *
 * @throws RecertError `bad-rule`: a common name that several keys share, a use-cert whose predecessor signed something
 *   or whose private key lies in the cluster and is not the given certificate's
 */
export function fitGivenCrypto(
  graph: Graph,
  useKeys: readonly UseKeyRule[],
  useCerts: readonly UseCertRule[],
): GivenCrypto {
  const keys = new Map<KeyId, KeyPair>();
  const certificates = new Map<string, Uint8Array>();
  const unused: string[] = [];
  for (const { commonName, key } of useKeys) {
    const keyIds = new Set(byCommonName(graph, commonName).map(({ keyId }) => keyId));
    if (keyIds.size === 0) unused.push(`use-key: no certificate is named "${commonName}"`);
    if (keyIds.size > 1) {
      throw new RecertError(
        'bad-rule',
        `use-key: certificates of ${keyIds.size} keys are named "${commonName}".`,
      );
    }
    for (const id of keyIds) {
      if (id !== undefined) keys.set(id, { privateKey: key, publicKey: createPublicKey(key) });
    }
  }
  for (const { certificate } of useCerts) {
    const view = readCertificate(certificate);
    const [commonName] = commonNamesOf(view.subject);
    if (commonName === undefined)
      throw new RecertError('bad-rule', 'use-cert: the certificate has no common name.');
    const replaced = byCommonName(graph, commonName);
    if (replaced.length === 0) unused.push(`use-cert: no certificate is named "${commonName}"`);
    const spki = Buffer.from(view.subjectPublicKeyInfo.raw);
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    for (const node of replaced) {
      refuseUseCert(graph, node, keyIdOf(publicKey), keys, commonName);
      certificates.set(node.item.id, certificate);
    }
  }
  return { keys, certificates, unused };
}

function refuseUseCert(
  graph: Graph,
  node: CertificateNode,
  newKeyId: KeyId,
  given: ReadonlyMap<KeyId, KeyPair>,
  commonName: string,
): void {
  const keyId = node.keyId ?? '';
  const givenKey = given.get(keyId);
  if (givenKey !== undefined && keyIdOf(givenKey.publicKey) === newKeyId) return; // use-key brings the private half
  const hasChildren = graph.certificates
    .values()
    .some(
      (other) =>
        other !== node && other.signerId === keyId && other.fate === 'reissue' && other.keyId !== keyId,
    );
  const hasPrivateKey = (graph.keys.get(keyId)?.item?.privateAt.length ?? 0) > 0;
  if (!hasChildren && !hasPrivateKey) return;
  const why = hasChildren ? 'it signed other certificates' : 'its private key is in the cluster';
  throw new RecertError('bad-rule', `use-cert: "${commonName}" cannot be replaced, because ${why}.`, {
    remedy: 'Give its private key with use-key as well.',
  });
}

function byCommonName(graph: Graph, commonName: string): readonly CertificateNode[] {
  return graph.certificates
    .values()
    .filter(({ item, fate }) => fate === 'reissue' && commonNamesOf(item.view.subject).includes(commonName))
    .toArray();
}
