import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Host } from '../../core/host/host.ts';
import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { schemeOf, verifyWith } from '../certificate/signature-algorithm.ts';
import { bitStringOf } from '../codec/der/index.ts';
import { readJwt } from '../codec/jwt/index.ts';
import { printLocation } from '../codec/nested/index.ts';
import { Inventory } from '../inventory/inventory.ts';
import { keyIdOf } from '../keys/key-kind.ts';
import { scanEtcd } from '../scan/scan-etcd.ts';
import { scanFiles } from '../scan/scan-files.ts';
import { verifyToken } from '../token/token-signature.ts';
import type { Cipher } from '../workspace/cipher.ts';
import { FileOverlay } from '../workspace/file-overlay.ts';
import { containerName } from './container-name.ts';
import type { Ledger } from './ledger.ts';
import { Needles } from './needles.ts';

/** What a proof looked at and what it found wrong. */
export interface Proof {
  readonly checked: {
    readonly keys: number;
    readonly files: number;
    readonly certificates: number;
    readonly tokens: number;
    readonly places: number;
  };
  /** One sentence each, naming the place; empty when everything holds. */
  readonly faults: readonly string[];
}

export interface ProofInputs {
  readonly host: Host;
  readonly client: EtcdClient | undefined;
  readonly cipher: Cipher;
}

/**
 * Proves from a fresh scan what a ledger promises: nothing old is left, every place holds the successor of what it
 * held, every signature verifies, and no key of the database changed but the intended ones.
 */
export async function prove(ledger: Ledger, { host, client, cipher }: ProofInputs): Promise<Proof> {
  const faults: string[] = [];
  const inventory = new Inventory();
  const needles = new Needles();
  for (const { old, new: successor, needle } of ledger.keys) {
    if (needle !== null && old !== successor) needles.add(old, Buffer.from(needle, 'base64'));
  }
  const intended = new Set(ledger.renamed);
  for (const { location } of ledger.places) intended.add(containerName(location));
  const look = (name: string, plain: Uint8Array): void => {
    for (const id of needles.find(plain))
      faults.push(`${name} still holds bytes of the old key ${id.slice(0, 16)}….`);
  };
  const onValue = (key: string, plain: Uint8Array, modRevision: number): void => {
    look(`etcd key ${key}`, plain);
    if (modRevision > ledger.baseRevision && !intended.has(`etcd:${key}`)) {
      faults.push(`etcd key ${key} changed, though nothing meant to change it.`);
    }
  };
  const { directories, files: singles } = ledger.scope;
  const [keys, files] = await Promise.all([
    client === undefined ? 0 : scanEtcd(client, cipher, inventory, { onValue }).then((survey) => survey.keys),
    scanFiles(new FileOverlay(host), directories, singles, inventory, (path, content) =>
      look(`file ${path}`, content),
    ),
  ]);
  faults.push(
    ...leftovers(ledger, inventory),
    ...misplaced(ledger, inventory),
    ...brokenSignatures(ledger, inventory),
  );
  return {
    checked: {
      keys,
      files,
      certificates: ledger.certificates.length,
      tokens: ledger.tokens.length,
      places: ledger.places.length,
    },
    faults: [...new Set(faults)],
  };
}

/** Old things that are still somewhere. */
function leftovers(ledger: Ledger, inventory: Inventory): readonly string[] {
  const faults: string[] = [];
  const oldKeys = new Set(ledger.keys.filter((key) => key.old !== key.new).map(({ old }) => old));
  for (const item of inventory.keys.values()) {
    if (!oldKeys.has(item.id)) continue;
    for (const { location } of [...item.privateAt, ...item.publicAt]) {
      faults.push(`An old key is still at ${printLocation(location)}.`);
    }
  }
  const external = new Set(ledger.left.map(({ id }) => id));
  for (const item of inventory.certificates.values()) {
    if (external.has(item.id)) continue;
    const [first] = item.occurrences;
    const holds = safely(() => keyIdOf(spkiOf(item.view.subjectPublicKeyInfo.raw)));
    if (first !== undefined && holds !== undefined && oldKeys.has(holds)) {
      faults.push(`A certificate of an old key is still at ${printLocation(first.location)}.`);
    }
  }
  const oldTokens = new Set(ledger.tokens.filter((token) => token.old !== token.new).map(({ old }) => old));
  for (const item of inventory.tokens.values()) {
    if (!oldTokens.has(item.id)) continue;
    for (const { location } of item.occurrences)
      faults.push(`An old token is still at ${printLocation(location)}.`);
  }
  return faults;
}

/** Places that do not hold what they should. */
function misplaced(ledger: Ledger, inventory: Inventory): readonly string[] {
  const there = new Map<string, string>();
  const note = (
    id: string,
    occurrences: readonly { readonly location: Parameters<typeof printLocation>[0] }[],
  ): void => {
    for (const { location } of occurrences) there.set(printLocation(location), id);
  };
  for (const { id, occurrences } of inventory.certificates.values()) note(id, occurrences);
  for (const { id, occurrences } of inventory.tokens.values()) note(id, occurrences);
  for (const { id, occurrences } of inventory.requests.values()) note(id, occurrences);
  for (const { id, privateAt, publicAt } of inventory.keys.values()) note(id, [...privateAt, ...publicAt]);
  const faults: string[] = [];
  const renamed = new Set(ledger.renamed);
  for (const { location, kind, new: id } of ledger.places) {
    const found = there.get(location);
    if (found === id || (found === undefined && renamed.has(containerName(location)))) continue;
    const what = found === undefined ? 'nothing' : 'something else';
    faults.push(`There is ${what} where the new ${kind} should be: ${location}.`);
  }
  return faults;
}

/** Certificates and tokens that do not verify under the successor of their signer. */
function brokenSignatures(ledger: Ledger, inventory: Inventory): readonly string[] {
  const faults: string[] = [];
  const publicKeys = new Map<string, KeyObject>();
  for (const { new: id, publicKey } of ledger.keys)
    publicKeys.set(id, spkiOf(Buffer.from(publicKey, 'base64')));
  for (const { id, key } of inventory.keys.values()) if (!publicKeys.has(id)) publicKeys.set(id, key);
  for (const { new: id, subject, key, signer, isGiven } of ledger.certificates) {
    const view = inventory.certificates.get(id)?.view;
    if (view === undefined || isGiven) continue; // its absence is reported by place
    if (keyIdOf(spkiOf(view.subjectPublicKeyInfo.raw)) !== key) {
      faults.push(`The certificate "${subject}" does not hold the key that belongs to it.`);
    }
    const signerKey = publicKeys.get(signer);
    const { bytes } = bitStringOf(view.signatureValue);
    if (
      signerKey === undefined ||
      !verifyWith(schemeOf(view.signatureAlgorithm), view.tbs.raw, signerKey, bytes) ||
      Buffer.compare(view.signature.raw, view.signatureAlgorithm.raw) !== 0
    ) {
      faults.push(`The certificate "${subject}" does not verify under its issuer's new key.`);
    }
  }
  for (const { new: id, signer } of ledger.tokens) {
    const item = inventory.tokens.get(id);
    if (item === undefined) continue;
    const { signingInput, signature } = readJwt(item.token);
    const signerKey = publicKeys.get(signer);
    if (signerKey === undefined || !verifyToken(item.algorithm, signingInput, signerKey, signature)) {
      const [first] = item.occurrences;
      const where = first === undefined ? '' : ` at ${printLocation(first.location)}`;
      faults.push(`The token${where} does not verify under its signer's new key.`);
    }
  }
  return faults;
}

function spkiOf(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}

function safely<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
