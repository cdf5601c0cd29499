import { booleanOf, integerBytesOf, integerOf, octetStringOf, oidOf, timeOf } from './decode.ts';
import { type DerNode, derError, parseDer, TAG } from './node.ts';
import { OIDS } from './oids.ts';

/** An X.509 certificate as elements of one tree (RFC 5280 §4.1): read here, edit with `editDer(certificate.root, …)`. */
export interface CertificateView {
  readonly root: DerNode;
  /** The bytes that are signed are `tbs.raw`. */
  readonly tbs: DerNode;
  /** 1, 2 or 3. */
  readonly version: number;
  readonly serialNumber: DerNode;
  /** The inner copy of the signature's AlgorithmIdentifier. */
  readonly signature: DerNode;
  readonly issuer: DerNode;
  readonly notBefore: DerNode;
  readonly notAfter: DerNode;
  readonly subject: DerNode;
  readonly subjectPublicKeyInfo: DerNode;
  readonly extensions: readonly Extension[];
  readonly signatureAlgorithm: DerNode;
  /** The BIT STRING. */
  readonly signatureValue: DerNode;
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The whole extension. */
  readonly node: DerNode;
  /** The OCTET STRING; `value.inside()` is the extension's own structure. */
  readonly value: DerNode;
}

/**
 * Reads a certificate's DER. Checks the structure lca walks along, not what RFC 5280 asks of values.
 *
 * @throws CodecError `malformed`, `truncated`, `unsupported`
 */
export function readCertificate(der: Uint8Array): CertificateView {
  const root = parseDer(der);
  expectSequence(root, 'a Certificate');
  const [tbs, signatureAlgorithm, signatureValue] = root.children;
  if (tbs === undefined || signatureAlgorithm === undefined || signatureValue === undefined) {
    throw derError('malformed', 'a Certificate has three parts', root.start, root.path);
  }
  if (root.children.length > 3)
    throw derError('malformed', 'a Certificate has three parts', root.start, root.path);
  expectSequence(tbs, 'a TBSCertificate');
  expectSequence(signatureAlgorithm, 'an AlgorithmIdentifier');
  if (!signatureValue.is(TAG.bitString) || signatureValue.constructed) {
    throw derError('malformed', 'the signature is a BIT STRING', signatureValue.start, signatureValue.path);
  }
  const hasVersion = tbs.children[0]?.isContext(0) ?? false;
  const at = hasVersion ? 1 : 0;
  const version = hasVersion ? Number(integerOf(tbs.child(0).child(0))) + 1 : 1;
  if (version < 1 || version > 3)
    throw derError('unsupported', 'the version is not 1, 2 or 3', tbs.start, tbs.path);
  const serialNumber = tbs.child(at);
  integerBytesOf(serialNumber);
  const validity = tbs.child(at + 3);
  const view: CertificateView = {
    root,
    tbs,
    version,
    serialNumber,
    signature: tbs.child(at + 1),
    issuer: tbs.child(at + 2),
    notBefore: validity.child(0),
    notAfter: validity.child(1),
    subject: tbs.child(at + 4),
    subjectPublicKeyInfo: tbs.child(at + 5),
    extensions: readExtensions(tbs.children.slice(at + 6).find((node) => node.isContext(3))),
    signatureAlgorithm,
    signatureValue,
  };
  timeOf(view.notBefore);
  timeOf(view.notAfter);
  for (const node of [view.signature, view.issuer, view.subject, view.subjectPublicKeyInfo]) {
    expectSequence(node, 'a SEQUENCE');
  }
  return view;
}

function readExtensions(wrapper: DerNode | undefined): readonly Extension[] {
  if (wrapper === undefined) return [];
  return wrapper.child(0).children.map((node) => {
    expectSequence(node, 'an Extension');
    const value = node.children.at(-1);
    if (value === undefined || node.children.length > 3) {
      throw derError(
        'malformed',
        'an Extension has an identifier, a value and perhaps a critical flag',
        node.start,
        node.path,
      );
    }
    octetStringOf(value);
    const critical = node.children.length === 3 && booleanOf(node.child(1));
    return { oid: oidOf(node.child(0)), critical, node, value };
  });
}

/** The extension with that identifier. */
export function extensionOf(certificate: CertificateView, oid: string): Extension | undefined {
  return certificate.extensions.find((extension) => extension.oid === oid);
}

/** The SubjectKeyIdentifier's octets (the inner OCTET STRING). @throws CodecError `malformed` */
export function subjectKeyIdOf(certificate: CertificateView): DerNode | undefined {
  const node = extensionOf(certificate, OIDS.subjectKeyIdentifier)?.value.inside();
  if (node !== undefined) octetStringOf(node);
  return node;
}

/** The parts of an AuthorityKeyIdentifier, each with its context tag (content = octets, GeneralNames, INTEGER octets). */
export interface AuthorityKeyId {
  readonly node: DerNode;
  readonly keyIdentifier: DerNode | undefined;
  readonly issuer: DerNode | undefined;
  readonly serialNumber: DerNode | undefined;
}

/** The AuthorityKeyIdentifier extension taken apart (RFC 5280 §4.2.1.1). @throws CodecError `malformed` */
export function authorityKeyIdOf(certificate: CertificateView): AuthorityKeyId | undefined {
  const node = extensionOf(certificate, OIDS.authorityKeyIdentifier)?.value.inside();
  if (node === undefined) return undefined;
  expectSequence(node, 'an AuthorityKeyIdentifier');
  const part = (tag: number): DerNode | undefined => node.children.find((child) => child.isContext(tag));
  return { node, keyIdentifier: part(0), issuer: part(1), serialNumber: part(2) };
}

function expectSequence(node: DerNode, what: string): void {
  if (!node.constructed || !node.is(TAG.sequence)) {
    throw derError('malformed', `${what} is expected here`, node.start, node.path);
  }
}
