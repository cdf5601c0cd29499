import type { Range } from '../splice.ts';

/** A line `Name: value` between BEGIN and the base64 (RFC 1421 §4.4), as old encrypted keys have. */
export interface PemHeader {
  readonly name: string;
  readonly value: string;
}

/** One PEM block (RFC 7468) and how it is laid out in its text. */
export interface PemBlock {
  /** Counted from 0 over all well-formed blocks of the text. */
  readonly index: number;
  readonly label: string;
  readonly headers: readonly PemHeader[];
  /** The decoded content. */
  readonly der: Uint8Array;
  /** From the first dash of BEGIN to the last dash of END. */
  readonly range: Range;
  /** The base64 lines: from the start of the first to the start of the END line. */
  readonly body: Range;
  /** Line of BEGIN, counted from 1. */
  readonly line: number;
  /** Characters of base64 a line, as the first line has it; 64 when the block is empty. */
  readonly lineWidth: number;
  readonly newline: '\n' | '\r\n';
  /** White space before the BEGIN line, and before each line of the block. */
  readonly indent: string;
}

/** Labels lca knows something about; other labels are read and kept alike. */
export const PEM_LABELS = {
  certificate: 'CERTIFICATE',
  trustedCertificate: 'TRUSTED CERTIFICATE',
  x509Certificate: 'X509 CERTIFICATE',
  certificateRequest: 'CERTIFICATE REQUEST',
  newCertificateRequest: 'NEW CERTIFICATE REQUEST',
  crl: 'X509 CRL',
  pkcs1PrivateKey: 'RSA PRIVATE KEY',
  sec1PrivateKey: 'EC PRIVATE KEY',
  pkcs8PrivateKey: 'PRIVATE KEY',
  encryptedPrivateKey: 'ENCRYPTED PRIVATE KEY',
  openSshPrivateKey: 'OPENSSH PRIVATE KEY',
  publicKey: 'PUBLIC KEY',
  pkcs1PublicKey: 'RSA PUBLIC KEY',
  ecParameters: 'EC PARAMETERS',
} as const;
