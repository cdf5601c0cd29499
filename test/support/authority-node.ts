import { makeCertificate, testKey } from './certificate-maker.ts';
import { shownCommand, systemdNode } from './kubernetes-node.ts';
import type { RecordingHost } from './recording-host.ts';

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** PEM of the private key of authority 1, 2, …; of a stranger: any other number. */
export function authorityKey(index: number): string {
  return testKey('p256', index).privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** PEM of an authority's own certificate. */
export function authorityCertificate(index: number): string {
  const { publicKey, privateKey } = testKey('p256', index);
  const name = `authority ${index}`;
  return pem(
    makeCertificate({ subject: name, issuer: name, key: publicKey, signer: privateKey, isCa: true }),
  );
}

/** A node whose API server has these flags, and a certificate signed by authority 1 at `tls-cert-file`. */
export function authorityNode(flags: Readonly<Record<string, string>>, managerFlags = ''): RecordingHost {
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const host = systemdNode()
    .on(
      /^systemctl show .* kube-apiserver\.service$/,
      shownCommand(`/usr/bin/kube-apiserver ${words.join(' ')}`),
    )
    .on(
      /^systemctl show .* kube-controller-manager\.service$/,
      shownCommand(`/usr/bin/kube-controller-manager ${managerFlags}`),
    );
  const serving = makeCertificate({
    subject: 'kube-apiserver',
    issuer: 'authority 1',
    key: testKey('p256', 100).publicKey,
    signer: testKey('p256', 1).privateKey,
  });
  return host.file(flags['tls-cert-file'] ?? '/nowhere', pem(serving));
}
