import {
  type DerEdit,
  type DerNode,
  ia5String,
  ipOctets,
  OIDS,
  printableString,
  readGeneralNames,
  readName,
  TAG,
  tlv,
  utf8String,
} from '../codec/der/index.ts';
import { fromLatin1 } from '../codec/text.ts';

/** One replacement in common names and subject alternative names. */
export type NameRule =
  /** The whole text must be equal; also matches IP addresses when both sides are such. */
  | { readonly kind: 'exact'; readonly from: string; readonly to: string }
  /** The domain itself and every name below it. */
  | { readonly kind: 'domain'; readonly from: string; readonly to: string }
  /** A host as it names itself in a certificate that it makes itself, `host@time` under `host-ca@time` (client-go). */
  | { readonly kind: 'self-made'; readonly from: string; readonly to: string };

const SELF_MADE = /^(-ca)?@\d+$/;

/** A text after the rules: all are tried against the original, the last that matches wins. */
export function applyNameRules(text: string, rules: readonly NameRule[]): string {
  let result = text;
  for (const rule of rules) {
    if (text === rule.from) result = rule.to;
    else if (rule.kind === 'domain' && text.endsWith(`.${rule.from}`)) {
      result = text.slice(0, -rule.from.length) + rule.to;
    } else if (rule.kind === 'self-made' && text.startsWith(rule.from)) {
      const rest = text.slice(rule.from.length);
      if (SELF_MADE.test(rest)) result = rule.to + rest;
    }
  }
  return result;
}

/** Edits for the common names of a Name; other attributes stay. */
export function nameEdits(name: DerNode, rules: readonly NameRule[]): readonly DerEdit[] {
  if (rules.length === 0) return [];
  return readName(name).flatMap(({ oid, value, text }) => {
    if (oid !== OIDS.commonName) return [];
    const renamed = applyNameRules(text, rules);
    return renamed === text ? [] : [{ node: value, replacement: encodeLike(value, renamed) }];
  });
}

/** Edits for the DNS names, IP addresses and directory names of a GeneralNames; other kinds stay. */
export function generalNameEdits(names: DerNode, rules: readonly NameRule[]): readonly DerEdit[] {
  if (rules.length === 0) return [];
  return readGeneralNames(names).flatMap(({ kind, node, text }): readonly DerEdit[] => {
    if (kind === 'directory') return nameEdits(node.child(0), rules);
    if (kind === 'dns') {
      const renamed = applyNameRules(text, rules);
      return renamed === text ? [] : [{ node, replacement: tlv(tagOctet(node), fromLatin1(renamed)) }];
    }
    if (kind !== 'ip') return [];
    const octets = renamedAddress(node.content, rules);
    return octets === undefined ? [] : [{ node, replacement: tlv(tagOctet(node), octets) }];
  });
}

/** The first rule whose left side is this address wins; IPv4 may become IPv6. */
function renamedAddress(octets: Uint8Array, rules: readonly NameRule[]): Uint8Array | undefined {
  for (const { from, to } of rules) {
    const old = ipOctets(from);
    const renamed = ipOctets(to);
    if (old && renamed && Buffer.compare(old, octets) === 0) return renamed;
  }
  return undefined;
}

/** The text in the string type the old one had; UTF8String where that type has no such characters. */
function encodeLike(node: DerNode, text: string): Uint8Array {
  try {
    switch (node.tag) {
      case TAG.printableString:
        return printableString(text);
      case TAG.ia5String:
      case TAG.visibleString:
        return node.tag === TAG.ia5String ? ia5String(text) : utf8String(text);
      case TAG.bmpString:
        return tlv(TAG.bmpString, Buffer.from(text, 'utf16le').swap16());
      case TAG.teletexString:
        return /^[\0-\u{ff}]*$/u.test(text) ? tlv(TAG.teletexString, fromLatin1(text)) : utf8String(text);
      default:
        return utf8String(text);
    }
  } catch {
    return utf8String(text);
  }
}

function tagOctet(node: DerNode): number {
  return node.bytes[node.start] as number;
}
