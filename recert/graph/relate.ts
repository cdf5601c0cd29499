import { createPublicKey } from 'node:crypto';
import { messageOf } from '../../core/errors/lca-error.ts';
import {
  authorityKeyIdOf,
  type CertificateView,
  extensionOf,
  OIDS,
  readGeneralNames,
  readName,
  subjectKeyIdOf,
} from '../codec/der/index.ts';
import type { CertificateItem, Claim, Inventory, KeyItem, Occurrence } from '../inventory/inventory.ts';
import type { KeyId } from '../keys/key-kind.ts';
import { SignerFinder, unseenSigner } from './find-signers.ts';
import type { CertificateNode, Graph, KeyNode, RequestNode, TokenNode } from './graph.ts';

/**
 * Relates everything found: which key each certificate holds and which signed it, who signed each token, and from that
 * what is the cluster's own.
 *
 * @param externalIds ids of certificates in the trust bundles (the documented rule); what only they can have signed is
 *   external too, and so is a key an external certificate holds
 */
export function relate(inventory: Inventory, externalIds: ReadonlySet<string>): Graph {
  const holders = openCertificateKeys(inventory, externalIds);
  const requestKeys = openRequestKeys(inventory);
  const finder = new SignerFinder([...inventory.keys.values()], holders.values().toArray());
  const certificates = new Map<string, CertificateNode>();
  const keys = new Map<KeyId, KeyNode>();
  for (const item of inventory.keys.values()) {
    keys.set(item.id, { id: item.id, kind: item.kind, item, fate: 'unclaimed' });
  }
  for (const [id, item] of inventory.certificates) {
    const keyId = holders.get(id)?.key.id;
    if (keyId === undefined || externalIds.has(id)) {
      certificates.set(id, { item, keyId, signerId: 'external', fate: 'external' });
      continue;
    }
    const signer = signerOf(inventory, finder, item);
    if (!keys.has(signer.id)) keys.set(signer.id, { ...signer, item: undefined, fate: 'unclaimed' });
    certificates.set(id, { item, keyId, signerId: signer.id, fate: 'unclaimed' });
  }
  const tokens = new Map<string, TokenNode>();
  for (const [id, item] of inventory.tokens) {
    tokens.set(id, { item, signerId: finder.ofToken(item)?.id, fate: 'foreign' });
  }
  const requests = new Map<string, RequestNode>();
  for (const [id, item] of inventory.requests) {
    const key = requestKeys.get(id);
    if (key !== undefined) requests.set(id, { item, keyId: key.id, fate: 'unclaimed' });
  }
  const graph: Graph = { inventory, certificates, keys, tokens, requests };
  spreadExternal(graph);
  decideFates(graph);
  return graph;
}

/** The key of each certificate; external ones whose key cannot be read have none. */
function openCertificateKeys(
  inventory: Inventory,
  externalIds: ReadonlySet<string>,
): Map<string, { readonly item: CertificateItem; readonly key: KeyItem }> {
  const holders = new Map<string, { readonly item: CertificateItem; readonly key: KeyItem }>();
  for (const [id, item] of inventory.certificates) {
    try {
      const spki = Buffer.from(item.view.subjectPublicKeyInfo.raw);
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      holders.set(id, { item, key: inventory.enterPublicKey(key) });
    } catch (error) {
      if (!externalIds.has(id)) blame(inventory, item.occurrences, messageOf(error));
    }
  }
  return holders;
}

function openRequestKeys(inventory: Inventory): Map<string, KeyItem> {
  const keys = new Map<string, KeyItem>();
  for (const [id, item] of inventory.requests) {
    try {
      const spki = Buffer.from(item.view.subjectPublicKeyInfo.raw);
      keys.set(id, inventory.enterPublicKey(createPublicKey({ key: spki, format: 'der', type: 'spki' })));
    } catch (error) {
      blame(inventory, item.occurrences, messageOf(error));
    }
  }
  return keys;
}

function signerOf(
  inventory: Inventory,
  finder: SignerFinder,
  item: CertificateItem,
): Pick<KeyNode, 'id' | 'kind'> {
  try {
    readParts(item.view);
    const seen = finder.ofCertificate(item.view);
    return seen ?? unseenSigner(item.view);
  } catch (error) {
    blame(inventory, item.occurrences, messageOf(error));
    return { id: 'unseen:unreadable', kind: { type: 'ed25519' } };
  }
}

/**
 * Reads every part a re-issue will touch, so that a malformed one is a fault with a place and not a surprise later.
 *
 * @throws CodecError
 */
function readParts(view: CertificateView): void {
  readName(view.issuer);
  readName(view.subject);
  subjectKeyIdOf(view);
  const authority = authorityKeyIdOf(view)?.issuer;
  const alternative = extensionOf(view, OIDS.subjectAltName)?.value.inside();
  for (const names of [authority, alternative]) if (names !== undefined) readGeneralNames(names);
}

function blame(inventory: Inventory, occurrences: readonly Occurrence[], message: string): void {
  for (const { location, claim } of occurrences) inventory.addFault(location, claim, message);
}

/** Below an external certificate everything is external, until a signer whose private key the cluster holds. */
function spreadExternal(graph: Graph): void {
  for (let grew = true; grew; ) {
    grew = false;
    const signers = new Set<KeyId>();
    for (const { fate, keyId } of graph.certificates.values()) {
      if (fate === 'external' && keyId !== undefined) signers.add(keyId);
    }
    for (const node of graph.certificates.values()) {
      if (node.fate === 'external' || !signers.has(node.signerId)) continue;
      if (graph.keys.get(node.signerId)?.item?.key.type === 'private') continue;
      node.fate = 'external';
      grew = true;
    }
  }
  for (const { fate, keyId } of graph.certificates.values()) {
    const key = keyId === undefined ? undefined : graph.keys.get(keyId);
    if (fate === 'external' && key !== undefined) key.fate = 'external';
  }
}

/** What is claimed is the cluster's own, and so is everything that hangs on it. */
function decideFates(graph: Graph): void {
  for (const key of graph.keys.values()) {
    const places = [...(key.item?.privateAt ?? []), ...(key.item?.publicAt ?? [])];
    if (key.fate === 'unclaimed' && isClaimed(places)) key.fate = 'reissue';
  }
  const isOwnKey = (id: KeyId | undefined): boolean =>
    id !== undefined && graph.keys.get(id)?.fate === 'reissue';
  const own = (id: KeyId): boolean => {
    const key = graph.keys.get(id);
    if (key?.fate !== 'unclaimed') return false;
    key.fate = 'reissue';
    return true;
  };
  for (let grew = true; grew; ) {
    grew = false;
    for (const node of graph.certificates.values()) {
      if (
        node.fate === 'unclaimed' &&
        (isClaimed(node.item.occurrences) || isOwnKey(node.keyId) || isOwnKey(node.signerId))
      ) {
        node.fate = 'reissue';
        grew = true;
      }
      if (node.fate !== 'reissue') continue;
      if (own(node.signerId)) grew = true;
      if (node.keyId !== undefined && own(node.keyId)) grew = true;
    }
    for (const node of graph.requests.values()) {
      if (node.fate === 'unclaimed' && (isClaimed(node.item.occurrences) || isOwnKey(node.keyId))) {
        node.fate = 'reissue';
        own(node.keyId);
        grew = true;
      }
    }
    for (const { item, signerId } of graph.tokens.values()) {
      if (signerId !== undefined && isClaimed(item.occurrences) && own(signerId)) grew = true;
    }
  }
  for (const token of graph.tokens.values()) {
    const signer = token.signerId === undefined ? undefined : graph.keys.get(token.signerId);
    if (signer !== undefined) token.fate = signer.fate;
    else if (!isClaimed(token.item.occurrences)) token.fate = 'unclaimed';
  }
}

function isClaimed(occurrences: readonly { readonly claim: Claim }[]): boolean {
  return occurrences.some(({ claim }) => claim === 'claimed');
}
