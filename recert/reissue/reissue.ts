import { createPublicKey, hash } from 'node:crypto';
import type { ReissuePolicy } from '../certificate/reissue-certificate.ts';
import { reissueCertificate } from '../certificate/reissue-certificate.ts';
import { reissueRequest } from '../certificate/reissue-request.ts';
import type { CertificateNode, Graph, KeyNode } from '../graph/graph.ts';
import type { Location } from '../inventory/location.ts';
import type { KeyForge, KeyPair } from '../keys/key-forge.ts';
import { writePrivateKey, writePublicKey } from '../keys/key-forms.ts';
import { type KeyId, keyIdOf, publicDer } from '../keys/key-kind.ts';
import { RecertError } from '../recert-error.ts';
import { reissueToken } from '../token/reissue-token.ts';
import type { GivenCrypto } from './given-crypto.ts';

/** What kind of thing an edit replaces. */
export type EditKind = 'certificate' | 'private-key' | 'public-key' | 'request' | 'token';

/** New bytes for one location: DER for PEM blocks, text for tokens. */
export interface CryptoEdit {
  readonly location: Location;
  readonly kind: EditKind;
  /** Ids of the thing replaced and of the one that takes its place. */
  readonly oldId: string;
  readonly newId: string;
  readonly bytes: Uint8Array;
  /** A PEM label other than the old one. */
  readonly label?: string;
}

/** The new crypto: what each old thing became, and the edits that put it in place. */
export interface Reissued {
  readonly keys: ReadonlyMap<KeyId, KeyPair>;
  /** By the old certificate's id: the new DER. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
  /** By the old token's id: the new token. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly edits: readonly CryptoEdit[];
}

/**
 * Makes everything of fate `reissue` anew. The forge may have begun long before; only keys count for signing, so
 * certificates need no order among themselves.
 */
export async function reissue(
  graph: Graph,
  given: GivenCrypto,
  forge: KeyForge,
  policy: ReissuePolicy,
): Promise<Reissued> {
  const keys = await newKeys(graph, given, forge);
  const certificates = new Map<string, Uint8Array>();
  const tokens = new Map<string, string>();
  const edits: CryptoEdit[] = [];
  for (const node of graph.certificates.values()) {
    if (node.fate !== 'reissue') continue;
    const der = given.certificates.get(node.item.id) ?? newCertificate(graph, node, keys, policy);
    certificates.set(node.item.id, der);
    const newId = sha256(der);
    for (const { location, rest } of node.item.occurrences) {
      const bytes = rest.length === 0 ? der : Buffer.concat([der, rest]);
      edits.push({ location, kind: 'certificate', oldId: node.item.id, newId, bytes });
    }
  }
  for (const node of graph.keys.values()) if (node.fate === 'reissue') edits.push(...keyEdits(node, keys));
  for (const { item, keyId, fate } of graph.requests.values()) {
    if (fate !== 'reissue') continue;
    const bytes = reissueRequest(item.view.root.raw, keyFor(keys, keyId), policy);
    const newId = sha256(bytes);
    for (const { location } of item.occurrences) {
      edits.push({ location, kind: 'request', oldId: item.id, newId, bytes });
    }
  }
  for (const { item, signerId, fate } of graph.tokens.values()) {
    if (fate !== 'reissue' || signerId === undefined) continue;
    const oldKey = graph.keys.get(signerId)?.item?.key;
    const token = reissueToken(item, oldKey, keyFor(keys, signerId));
    tokens.set(item.id, token);
    const bytes = Buffer.from(token);
    const newId = sha256(bytes);
    for (const { location } of item.occurrences) {
      edits.push({ location, kind: 'token', oldId: item.id, newId, bytes });
    }
  }
  return { keys, certificates, tokens, edits };
}

async function newKeys(graph: Graph, given: GivenCrypto, forge: KeyForge): Promise<Map<KeyId, KeyPair>> {
  const ordered: [KeyId, Promise<KeyPair>][] = [];
  const keys = new Map<KeyId, KeyPair>();
  for (const node of graph.keys.values()) {
    const givenPair = given.keys.get(node.id);
    if (node.fate === 'reissue') {
      if (givenPair === undefined) ordered.push([node.id, forge.order(node.id, node.kind)]);
      else keys.set(node.id, givenPair);
    } else if (node.item?.key.type === 'private') {
      // Kept (external, or out of scope), yet it may have signed something that is re-issued.
      keys.set(node.id, { privateKey: node.item.key, publicKey: createPublicKey(node.item.key) });
    }
  }
  for (const [id, pair] of ordered) keys.set(id, await pair);
  return keys;
}

function newCertificate(
  graph: Graph,
  node: CertificateNode,
  keys: ReadonlyMap<KeyId, KeyPair>,
  policy: ReissuePolicy,
): Uint8Array {
  const signer = keyFor(keys, node.signerId);
  const oldSigner = graph.keys.get(node.signerId)?.item?.key;
  return reissueCertificate(
    node.item.view.root.raw,
    {
      newSubjectKey: keyFor(keys, node.keyId ?? '').publicKey,
      oldSignerSpki: oldSigner === undefined ? undefined : publicDer(oldSigner),
      newSignerKey: signer.privateKey,
      newSignerPublicKey: signer.publicKey,
    },
    policy,
  );
}

function keyEdits(node: KeyNode, keys: ReadonlyMap<KeyId, KeyPair>): readonly CryptoEdit[] {
  const pair = keyFor(keys, node.id);
  const ids = { oldId: node.id, newId: keyIdOf(pair.publicKey) };
  const edits: CryptoEdit[] = [];
  const { privateAt = [], publicAt = [] } = node.item ?? {};
  for (const [form, inForm] of Map.groupBy(privateAt, (at) => at.form)) {
    const written = writePrivateKey(pair.privateKey, form);
    const label = written.form === form ? {} : { label: 'PRIVATE KEY' };
    for (const { location } of inForm)
      edits.push({ location, kind: 'private-key', ...ids, bytes: written.der, ...label });
  }
  for (const [form, inForm] of Map.groupBy(publicAt, (at) => at.form)) {
    const written = writePublicKey(pair.publicKey, form);
    const label = written.form === form ? {} : { label: 'PUBLIC KEY' };
    for (const { location } of inForm)
      edits.push({ location, kind: 'public-key', ...ids, bytes: written.der, ...label });
  }
  return edits;
}

function keyFor(keys: ReadonlyMap<KeyId, KeyPair>, id: KeyId): KeyPair {
  const pair = keys.get(id);
  if (pair === undefined)
    throw new RecertError('unsupported', `No new key was made for the key ${id.slice(0, 16)}….`);
  return pair;
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
