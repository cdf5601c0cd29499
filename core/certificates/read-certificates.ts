import { X509Certificate } from 'node:crypto';
import type { Host } from '../host/host.ts';

/** A certificate that lies in a file of the machine. */
export interface StoredCertificate {
  readonly path: string;
  /** For people: the common name where there is one, else the whole subject in one line. */
  readonly subject: string;
  readonly issuedBy: string;
  readonly validUntil: Date;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
/** Certificates inside a kubeconfig: PEM once more encoded. */
const KUBECONFIG = /^\s*(?:client-certificate|certificate-authority)-data:\s*["']?([A-Za-z0-9+/=]+)/gm;
/** No file of certificates is larger; what is, is something else. */
const LARGEST = 4 * 1024 * 1024;

/** The certificates in the text of a PEM file or a kubeconfig; what cannot be read as one is passed over. */
export function certificatesIn(text: string, path: string): readonly StoredCertificate[] {
  const embedded = [...text.matchAll(KUBECONFIG)].map(([, data]) =>
    Buffer.from(data as string, 'base64').toString('latin1'),
  );
  return [text, ...embedded].flatMap((pem) =>
    [...pem.matchAll(BLOCK)].flatMap(([block]) => readOne(block, path) ?? []),
  );
}

/** The certificates of a file of the machine; none if it is not there or no such file. */
export async function certificatesAt(host: Host, path: string): Promise<readonly StoredCertificate[]> {
  const stat = await host.stat(path);
  if (stat === undefined || (stat.type !== 'file' && stat.type !== 'symlink') || stat.size > LARGEST)
    return [];
  // a link may lead to a directory, or nowhere
  const text = await host.readText(path).catch(() => undefined);
  return text === undefined ? [] : certificatesIn(text, path);
}

function readOne(block: string, path: string): StoredCertificate | undefined {
  try {
    const { subject, issuer, validTo } = new X509Certificate(block);
    return { path, subject: named(subject), issuedBy: named(issuer), validUntil: new Date(validTo) };
  } catch {
    return undefined;
  }
}

function named(distinguishedName: string | undefined): string {
  const lines = (distinguishedName ?? '').split('\n');
  return lines.find((line) => line.startsWith('CN='))?.slice(3) ?? lines.join(', ');
}
