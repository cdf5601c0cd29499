import type { KeyObject } from 'node:crypto';
import { type DerEdit, type DerNode, editDer, OIDS, oidOf, parseDer } from '../codec/der/index.ts';
import { generalNameEdits, nameEdits } from './name-rules.ts';
import { algorithmFor, keptOr, type ReissuePolicy, resigned } from './reissue-certificate.ts';

/** PKCS#9 `extensionRequest` (RFC 2985 §5.4.2). */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** The parts of a PKCS#10 request (RFC 2986 §4) that matter here. */
export interface RequestView {
  readonly root: DerNode;
  readonly subject: DerNode;
  readonly subjectPublicKeyInfo: DerNode;
  readonly signatureAlgorithm: DerNode;
  readonly alternativeNames: DerNode | undefined;
}

/** @throws CodecError */
export function readRequest(der: Uint8Array): RequestView {
  const root = parseDer(der);
  const info = root.child(0);
  const attribute = info.children
    .find((node) => node.isContext(0))
    ?.children.find((node) => oidOf(node.child(0)) === EXTENSION_REQUEST);
  const extension = attribute
    ?.child(1)
    .child(0)
    .children.find((node) => oidOf(node.child(0)) === OIDS.subjectAltName);
  return {
    root,
    subject: info.child(1),
    subjectPublicKeyInfo: info.child(2),
    signatureAlgorithm: root.child(1),
    alternativeNames: extension?.children.at(-1)?.inside(),
  };
}

/** A certificate request again, for the new key and signed by it. */
export function reissueRequest(
  der: Uint8Array,
  keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  policy: Pick<ReissuePolicy, 'names'>,
): Uint8Array {
  const request = readRequest(der);
  const oldSpki = request.subjectPublicKeyInfo.raw;
  const newSpki = keptOr(oldSpki, keys.publicKey);
  const edits: DerEdit[] = [
    ...nameEdits(request.subject, policy.names),
    ...(request.alternativeNames === undefined
      ? []
      : generalNameEdits(request.alternativeNames, policy.names)),
  ];
  if (newSpki !== oldSpki) edits.push({ node: request.subjectPublicKeyInfo, replacement: newSpki });
  const algorithm = algorithmFor(request.signatureAlgorithm, keys.privateKey);
  return resigned(editDer(request.root, edits), algorithm, keys.privateKey);
}
