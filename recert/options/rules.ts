import { createPrivateKey } from 'node:crypto';
import type { Host } from '../../core/host/host.ts';
import type { NameRule } from '../certificate/name-rules.ts';
import { commonNamesOf, readCertificate } from '../codec/der/index.ts';
import { parsePem } from '../codec/pem/index.ts';
import { RecertError } from '../recert-error.ts';
import type { UseCertRule, UseKeyRule } from '../reissue/given-crypto.ts';

const PEM_START = '-----BEGIN';

/**
 * `old:new`, or `old,new` for texts with colons (IPv6, `system:node:x`).
 *
 * @throws RecertError `bad-option`
 */
export function parseNameRule(rule: string, kind: NameRule['kind']): NameRule {
  const [from, to, ...more] = rule.split(rule.includes(',') ? ',' : ':').map((part) => part.trim());
  if (!from || to === undefined || to === '' || more.length > 0) {
    throw new RecertError(
      'bad-option',
      `The replacement rule "${rule}" is not of the form old:new or old,new.`,
      {
        remedy: 'Use a comma where the names hold colons.',
      },
    );
  }
  return { kind, from, to };
}

/**
 * `CN:path`, `CN path`, or a common name followed by an inline PEM. A common name may hold colons.
 *
 * @throws RecertError `bad-option`; messages never hold the key
 */
export async function readUseKeyRule(rule: string, host: Host): Promise<UseKeyRule> {
  const { commonName, source } = splitUseKey(rule);
  if (commonName === '' || source === '') {
    throw new RecertError('bad-option', 'A use-key rule is not of the form CN:path.');
  }
  const pem = source.includes(PEM_START) ? source : await readPem(host, source, 'use-key');
  try {
    return { commonName, key: createPrivateKey(pem) };
  } catch {
    throw new RecertError(
      'bad-option',
      `The use-key rule for "${commonName}" holds no private key that can be read.`,
    );
  }
}

function splitUseKey(rule: string): { readonly commonName: string; readonly source: string } {
  const inline = rule.indexOf(PEM_START);
  if (inline >= 0) {
    return { commonName: rule.slice(0, inline).replace(/[:\s]+$/, ''), source: rule.slice(inline) };
  }
  const beforePath = rule.search(/[: ]\.{0,2}\//);
  const at = beforePath >= 0 ? beforePath : Math.max(rule.lastIndexOf(':'), rule.lastIndexOf(' '));
  return at < 0
    ? { commonName: '', source: '' }
    : { commonName: rule.slice(0, at).trim(), source: rule.slice(at + 1).trim() };
}

/** A path, or an inline PEM, of exactly one certificate with a common name. @throws RecertError `bad-option` */
export async function readUseCertRule(rule: string, host: Host): Promise<UseCertRule> {
  const pem = rule.includes(PEM_START) ? rule : await readPem(host, rule, 'use-cert');
  const blocks = parsePem(pem);
  const [block] = blocks;
  if (block === undefined || blocks.length !== 1 || block.label !== 'CERTIFICATE') {
    throw new RecertError('bad-option', 'A use-cert rule holds anything but exactly one certificate.');
  }
  if (commonNamesOf(readCertificate(block.der).subject).length === 0) {
    throw new RecertError('bad-option', 'The certificate of a use-cert rule has no common name.');
  }
  return { certificate: block.der };
}

async function readPem(host: Host, path: string, rule: string): Promise<string> {
  const text = await host.readText(path);
  if (text === undefined) {
    throw new RecertError('bad-option', `The file ${path} of a ${rule} rule does not exist.`);
  }
  return text;
}
