import { makeCertificate, testKey } from './certificate-maker.ts';

/** PEM of a certificate that ends at a time, issued by a CA of the tests. */
export function certificateUntil(until: Date, subject = 'node'): string {
  const { privateKey, publicKey } = testKey('p256');
  const der = makeCertificate({
    subject,
    issuer: 'test CA',
    key: publicKey,
    signer: privateKey,
    from: new Date('2020-01-01T00:00:00Z'),
    until,
  });
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
