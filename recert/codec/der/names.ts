import { isIPv6 } from 'node:net';
import { latin1 } from '../text.ts';
import { oidOf, textOf } from './decode.ts';
import { type DerNode, derError, TAG } from './node.ts';
import { ATTRIBUTE_NAMES, OIDS } from './oids.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  readonly oid: string;
  /** The character string; edit it to change the name. */
  readonly value: DerNode;
  readonly text: string;
}

/**
 * The attributes of a Name in the order they stand.
 *
 * @throws CodecError `malformed`
 */
export function readName(name: DerNode): readonly NameAttribute[] {
  expectConstructed(name, TAG.sequence, 'a Name');
  return name.children.flatMap((relative) => {
    expectConstructed(relative, TAG.set, 'a RelativeDistinguishedName');
    return relative.children.map((attribute) => {
      expectConstructed(attribute, TAG.sequence, 'an attribute');
      const value = attribute.child(1);
      return { oid: oidOf(attribute.child(0)), value, text: textOf(value) };
    });
  });
}

/** A Name for people: `O=system:masters, CN=kube:admin`, in the order it stands; unknown types as dotted numbers. */
export function nameText(name: DerNode): string {
  return readName(name)
    .map(({ oid, text }) => `${ATTRIBUTE_NAMES[oid] ?? oid}=${text.replaceAll(/[,\\]/g, '\\$&')}`)
    .join(', ');
}

/** All common names of a Name, in order. */
export function commonNamesOf(name: DerNode): readonly string[] {
  return readName(name)
    .filter(({ oid }) => oid === OIDS.commonName)
    .map(({ text }) => text);
}

/** The choices of a GeneralName (RFC 5280 §4.2.1.6) by context tag. */
const GENERAL_NAME_KINDS = [
  'other',
  'email',
  'dns',
  'x400',
  'directory',
  'ediParty',
  'uri',
  'ip',
  'registeredId',
] as const;
export type GeneralNameKind = (typeof GENERAL_NAME_KINDS)[number];

export interface GeneralName {
  readonly kind: GeneralNameKind;
  readonly node: DerNode;
  /** Host name, mail address, URI, IP address as text; the Name as text; empty for the rest. */
  readonly text: string;
}

/**
 * The entries of a GeneralNames sequence, such as a subject alternative name's value.
 *
 * @throws CodecError `malformed`
 */
export function readGeneralNames(names: DerNode): readonly GeneralName[] {
  if (!names.constructed)
    throw derError('malformed', 'GeneralNames are expected here', names.start, names.path);
  return names.children.map((node) => {
    const kind = node.tagClass === 'context' ? GENERAL_NAME_KINDS[node.tag] : undefined;
    if (kind === undefined) throw derError('malformed', 'this is no GeneralName', node.start, node.path);
    return { kind, node, text: generalNameText(kind, node) };
  });
}

function generalNameText(kind: GeneralNameKind, node: DerNode): string {
  switch (kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return latin1(node.content);
    case 'ip':
      return ipText(node);
    case 'directory':
      return nameText(node.child(0));
    case 'other':
    case 'x400':
    case 'ediParty':
    case 'registeredId':
      return '';
  }
}

/** 4 or 16 octets as text, IPv6 in its canonical form (RFC 5952). */
function ipText(node: DerNode): string {
  const octets = node.content;
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16)
    throw derError('malformed', 'an IP address has 4 or 16 octets', node.start, node.path);
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number)).toString(16),
  );
  return canonicalIpv6(groups.join(':')) ?? groups.join(':');
}

/**
 * The 4 or 16 octets of an address as a certificate holds them.
 *
 * @returns undefined for text that is no IP address
 */
export function ipOctets(text: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const octets = text.split('.').map(Number);
    return octets.every((octet) => octet < 256) ? Uint8Array.from(octets) : undefined;
  }
  const canonical = canonicalIpv6(text);
  if (canonical === undefined) return undefined;
  const [left = '', right] = canonical.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const middle = Array.from({ length: right === undefined ? 0 : 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...middle, ...tail].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function canonicalIpv6(text: string): string | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function expectConstructed(node: DerNode, tag: number, what: string): void {
  if (!node.constructed || !node.is(tag))
    throw derError('malformed', `${what} is expected here`, node.start, node.path);
}
