import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** How a kubeconfig or a Secret in JSON holds such a block: in base64 once more. */
const ENCODED = /LS0tLS1CRUdJTi[A-Za-z0-9+/]+={0,2}/g;

/** What the certificates in a text say of whom they are for and from: names that no search for letters finds. */
export function namesInCertificates(text: string): readonly string[] {
  const decoded = Array.from(text.matchAll(ENCODED), ([encoded]) =>
    Buffer.from(encoded, 'base64').toString('latin1'),
  );
  return [text, ...decoded].flatMap((part) =>
    Array.from(part.replaceAll('\\n', '\n').matchAll(BLOCK), ([block]) => {
      const { subject, issuer, subjectAltName } = new X509Certificate(block);
      return `${subject} ${issuer} ${subjectAltName ?? ''}`.replaceAll('\n', ' ');
    }),
  );
}
