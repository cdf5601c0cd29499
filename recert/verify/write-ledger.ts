import { bitStringOf, type DerNode, nameText, parseDer, readCertificate } from '../codec/der/index.ts';
import { printLocation } from '../codec/nested/index.ts';
import type { Graph } from '../graph/graph.ts';
import { type KeyId, keyIdOf, printKeyKind, publicDer } from '../keys/key-kind.ts';
import type { GivenCrypto } from '../reissue/given-crypto.ts';
import type { Reissued } from '../reissue/reissue.ts';
import type { Ledger } from './ledger.ts';

const NEEDLE_BYTES = 16;

/** What a run is about to do, written down in ids. */
export function writeLedger(
  graph: Graph,
  reissued: Reissued,
  given: GivenCrypto,
  about: Pick<Ledger, 'runId' | 'scope' | 'baseRevision' | 'renamed'>,
): Ledger {
  const newId = (id: KeyId): KeyId => {
    const pair = reissued.keys.get(id);
    return pair === undefined ? id : keyIdOf(pair.publicKey);
  };
  const newIds = new Map<string, string>();
  for (const { kind, oldId, newId: made } of reissued.edits) newIds.set(`${kind} ${oldId}`, made);
  return {
    version: 1,
    finishedAt: null,
    ...about,
    keys: graph.keys
      .values()
      .filter(({ fate }) => fate === 'reissue')
      .map(({ id, kind, item }) => {
        const pair = reissued.keys.get(id);
        const spki = pair === undefined ? new Uint8Array() : publicDer(pair.publicKey);
        return {
          old: id,
          new: newId(id),
          kind: printKeyKind(kind),
          publicKey: Buffer.from(spki).toString('base64'),
          isGiven: given.keys.has(id),
          needle: item === undefined ? null : needleOf(publicDer(item.key)),
        };
      })
      .toArray(),
    certificates: graph.certificates
      .values()
      .filter(({ fate }) => fate === 'reissue')
      .map(({ item, keyId, signerId }) => ({
        old: item.id,
        new: newIds.get(`certificate ${item.id}`) ?? '',
        // as it is now: the old one may be another node's
        subject: nameText(subjectOf(reissued.certificates.get(item.id)) ?? item.view.subject),
        key: newId(keyId ?? ''),
        signer: newId(signerId),
        isGiven: given.certificates.has(item.id),
      }))
      .toArray(),
    tokens: graph.tokens
      .values()
      .filter(({ fate }) => fate === 'reissue')
      .map(({ item, signerId }) => ({
        old: item.id,
        new: newIds.get(`token ${item.id}`) ?? '',
        signer: newId(signerId ?? ''),
      }))
      .toArray(),
    places: reissued.edits.map(({ location, kind, oldId, newId: id }) => ({
      location: printLocation(location),
      kind,
      old: oldId,
      new: id,
    })),
    left: leftAlone(graph),
  };
}

function subjectOf(der: Uint8Array | undefined): DerNode | undefined {
  return der === undefined ? undefined : readCertificate(der).subject;
}

function leftAlone(graph: Graph): Ledger['left'] {
  const left: Ledger['left'] = [];
  for (const { item, fate } of graph.certificates.values()) {
    if (fate === 'reissue') continue;
    const locations = item.occurrences.map(({ location }) => printLocation(location));
    left.push({ what: 'certificate', id: item.id, fate, subject: nameText(item.view.subject), locations });
  }
  for (const { id, item, fate } of graph.keys.values()) {
    const places = [...(item?.privateAt ?? []), ...(item?.publicAt ?? [])];
    if (fate === 'reissue' || places.length === 0) continue;
    const locations = places.map(({ location }) => printLocation(location));
    left.push({ what: 'key', id, fate, subject: null, locations });
  }
  for (const { item, fate } of graph.tokens.values()) {
    if (fate === 'reissue') continue;
    const locations = item.occurrences.map(({ location }) => printLocation(location));
    left.push({ what: 'token', id: item.id, fate, subject: null, locations });
  }
  for (const { item, fate } of graph.requests.values()) {
    if (fate === 'reissue') continue;
    const locations = item.occurrences.map(({ location }) => printLocation(location));
    left.push({ what: 'request', id: item.id, fate, subject: nameText(item.view.subject), locations });
  }
  for (const { what, location } of graph.inventory.unhandled) {
    left.push({ what, id: '', fate: 'unhandled', subject: null, locations: [printLocation(location)] });
  }
  return left;
}

/** The last bytes of a public key's bits, before an RSA exponent: as good as random. */
export function needleOf(spki: Uint8Array): string {
  const { bytes } = bitStringOf(parseDer(spki).child(1));
  const end = bytes[0] === 0x30 ? bytes.length - 8 : bytes.length;
  return Buffer.from(bytes.subarray(end - NEEDLE_BYTES, end)).toString('base64');
}
