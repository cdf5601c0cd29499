import type { Path } from '../../report/path.ts';
import type { IgnitionConfig, Proxy, Tls } from '../../schema/ignition-section.ts';
import type { HttpHeader, Resource, Verification } from '../../schema/resource.ts';
import { parseUrl, urlProblem } from './url-rules.ts';
import type { Findings } from './validate-ignition.ts';

export function checkIgnitionConfig({ merge = [] }: IgnitionConfig, path: Path, findings: Findings): void {
  if (findings.spec.ignition === 0) return;
  for (const [i, item] of merge.entries()) checkRequiredSource(item, [...path, 'merge', i], findings);
}

export function checkTls({ certificateAuthorities = [] }: Tls, path: Path, findings: Findings): void {
  if (findings.spec.ignition === 0) return;
  for (const [i, item] of certificateAuthorities.entries()) {
    checkRequiredSource(item, [...path, 'certificateAuthorities', i], findings);
  }
}

function checkRequiredSource({ source = '' }: Resource, path: Path, { spec, error }: Findings): void {
  error(path, source === '' ? 'source is required' : urlProblem(source, spec));
}

export function checkProxy({ httpProxy, httpsProxy }: Proxy, path: Path, { error, warning }: Findings): void {
  for (const [name, value] of Object.entries({ httpProxy, httpsProxy })) {
    if (value === undefined) continue;
    const { scheme, problem } = parseUrl(value);
    if (problem !== undefined) error([...path, name], problem);
    else if (scheme !== 'http' && scheme !== 'https') error([...path, name], 'proxies must be http(s)');
    else if (scheme === 'http' && name === 'httpsProxy') {
      warning([...path, name], 'insecure plaintext HTTP proxy specified for HTTPS resources');
    }
  }
}

/** Ignition 3.0 takes a missing source for an empty address. */
export function checkCertificateAuthority(resource: Resource, path: Path, findings: Findings): void {
  const missing = findings.spec.ignition === 0 && (resource.source ?? '') === '';
  if (missing) findings.error([...path, 'source'], 'invalid url scheme');
  checkReference(resource, path, findings);
}

/** In Ignition 3.0 a reference may say what its contents must be without saying where they are. */
export function checkReference(resource: Resource, path: Path, findings: Findings): void {
  const { verification: _, ...unverified } = resource;
  const lenient = findings.spec.ignition === 0 && resource.source === undefined;
  checkResource(lenient ? unverified : resource, path, findings);
}

export function checkResource(resource: Resource, path: Path, { spec, error }: Findings): void {
  const { compression = '', source, verification, httpHeaders = [] } = resource;
  if (compression !== '' && compression !== 'gzip')
    error([...path, 'compression'], 'invalid compression method');
  if (verification?.hash !== undefined && source === undefined) {
    error([...path, 'verification', 'hash'], 'source must be specified if verification is specified');
  }
  if ((source ?? '') !== '') error([...path, 'source'], urlProblem(source ?? '', spec));
  if (httpHeaders.length > 0) error([...path, 'httpHeaders'], headersProblem(source));
}

function headersProblem(source = ''): string | undefined {
  if (source === '') return 'unable to parse url';
  const { scheme, problem } = parseUrl(source);
  return (
    problem ??
    (['http', 'https'].includes(scheme) ? undefined : 'cannot use HTTP headers with this source scheme')
  );
}

export function checkHeader({ name = '', value }: HttpHeader, path: Path, { error }: Findings): void {
  if (name === '') error([...path, 'name'], "HTTP header name can't be empty");
  if (value === '') error([...path, 'value'], 'unable to parse HTTP header');
}

/** Length of a checksum in hexadecimal digits. */
const SUMS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

export function checkVerification({ hash }: Verification, path: Path, { spec, error }: Findings): void {
  if (hash === undefined) return;
  const at = [...path, 'hash'];
  const dash = hash.indexOf('-');
  if (dash === -1) return error(at, 'malformed hash specifier');
  const digits = hash.startsWith('sha256-') && spec.ignition < 1 ? undefined : SUMS[hash.slice(0, dash)];
  if (digits === undefined) error(at, 'unrecognized hash function');
  else if (hash.length - dash - 1 !== digits) error(at, 'incorrect size for hash sum');
}
