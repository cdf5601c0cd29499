import { hash, type KeyObject } from 'node:crypto';
import { messageOf } from '../../core/errors/lca-error.ts';
import { splitTrusted } from '../certificate/reissue-certificate.ts';
import { type RequestView, readRequest } from '../certificate/reissue-request.ts';
import { type CertificateView, readCertificate } from '../codec/der/index.ts';
import { readJwt } from '../codec/jwt/index.ts';
import { type Found, printLocation } from '../codec/nested/index.ts';
import { latin1 } from '../codec/text.ts';
import { openPrivateKey, openPublicKey, type PrivateForm, type PublicForm } from '../keys/key-forms.ts';
import { type KeyId, type KeyKind, keyIdOf, keyKindOf } from '../keys/key-kind.ts';
import { isSignedByKeyPair } from '../token/token-signature.ts';
import type { Location } from './location.ts';

/**
 * - `claimed`: a place where the cluster's crypto is known to live
 * - `swept`: met by the general sweep; re-issued only if it belongs to what is claimed
 * - `skipped`: a place that is never the cluster's own (upstream's ignore list)
 */
export type Claim = 'claimed' | 'swept' | 'skipped';

export interface Occurrence {
  readonly location: Location;
  readonly claim: Claim;
}

export interface CertificateOccurrence extends Occurrence {
  /** What follows the certificate in its PEM block (OpenSSL's trusted form). */
  readonly rest: Uint8Array;
}

export interface PrivateKeyOccurrence extends Occurrence {
  readonly form: PrivateForm;
}

export interface PublicKeyOccurrence extends Occurrence {
  readonly form: PublicForm;
}

/** One certificate, told apart by its exact bytes, and all its places. */
export interface CertificateItem {
  /** Hex SHA-256 of the DER. */
  readonly id: string;
  readonly view: CertificateView;
  readonly occurrences: CertificateOccurrence[];
}

/** One key pair as far as it was seen. */
export interface KeyItem {
  readonly id: KeyId;
  readonly kind: KeyKind;
  /** The private key where one was found, else the public one: fit for verifying in any case. */
  key: KeyObject;
  readonly privateAt: PrivateKeyOccurrence[];
  readonly publicAt: PublicKeyOccurrence[];
}

export interface RequestItem {
  readonly id: string;
  readonly view: RequestView;
  readonly occurrences: Occurrence[];
}

export interface TokenItem {
  /** Hex SHA-256 of the token's text. */
  readonly id: string;
  readonly token: string;
  readonly algorithm: string;
  readonly occurrences: Occurrence[];
}

/** Something that looks like crypto and cannot be read. */
export interface Fault {
  readonly location: Location;
  readonly claim: Claim;
  readonly message: string;
}

/** Shared, so that no occurrence keeps the block it was cut from alive. */
const NOTHING = new Uint8Array();
const CERTIFICATES = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);
const PRIVATE_KEYS = new Set(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'PRIVATE KEY']);
const PUBLIC_KEYS = new Set(['PUBLIC KEY', 'RSA PUBLIC KEY', 'EC PUBLIC KEY']);
const REQUESTS = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);
/** Carry nothing of a key's own. */
const HARMLESS = new Set([
  'EC PARAMETERS',
  'DH PARAMETERS',
  'X9.42 DH PARAMETERS',
  'ENTITLEMENT DATA',
  'RSA SIGNATURE',
]);

/** All crypto that a scan met, each thing once, with all its places. */
export class Inventory {
  readonly certificates = new Map<string, CertificateItem>();
  readonly keys = new Map<KeyId, KeyItem>();
  readonly requests = new Map<string, RequestItem>();
  readonly tokens = new Map<string, TokenItem>();
  readonly faults: Fault[] = [];
  /** PEM blocks of kinds that are not re-issued (revocation lists, OpenSSH and encrypted keys, symmetric tokens). */
  readonly unhandled: (Occurrence & { readonly what: string })[] = [];
  readonly #onPrivateKey: (key: KeyItem) => void;
  readonly #seenKeys = new Map<
    string,
    { readonly key: KeyObject; readonly id: KeyId; readonly form: string }
  >();

  /** @param onPrivateKey called when a private key is met for the first time in a claimed place */
  constructor(onPrivateKey: (key: KeyItem) => void = () => undefined) {
    this.#onPrivateKey = onPrivateKey;
  }

  /** Takes up what a codec discovered at a location; what cannot be read becomes a fault. */
  add(found: Found, location: Location, claim: Claim): void {
    try {
      if (found.kind === 'jwt') this.#addToken(latin1(found.bytes), { location, claim });
      else this.#addBlock(found.label ?? '', found.bytes, { location, claim });
    } catch (error) {
      this.addFault(location, claim, messageOf(error));
    }
  }

  /** Notes something unreadable; in a place that is never the cluster's own it does not matter. */
  addFault(location: Location, claim: Claim, message: string): void {
    if (claim === 'skipped') return;
    this.faults.push({ location, claim, message: `${printLocation(location)}: ${message}` });
  }

  /** The key pair behind a public key, entered if it is new. */
  enterPublicKey(key: KeyObject): KeyItem {
    return this.#enter(keyIdOf(key), key);
  }

  #addBlock(label: string, der: Uint8Array, at: Occurrence): void {
    if (CERTIFICATES.has(label)) {
      const { certificate, rest } = splitTrusted(der);
      const id = digest(certificate);
      const item = this.certificates.get(id) ?? {
        id,
        view: readCertificate(Uint8Array.from(certificate)),
        occurrences: [],
      };
      this.certificates.set(id, item);
      item.occurrences.push({ ...at, rest: rest.length === 0 ? NOTHING : Uint8Array.from(rest) });
    } else if (PRIVATE_KEYS.has(label)) this.#addPrivateKey(der, at);
    else if (PUBLIC_KEYS.has(label)) {
      const { key, id, form } = this.#open(der, openPublicKey);
      this.#enter(id, key).publicAt.push({ ...at, form: form as PublicForm });
    } else if (REQUESTS.has(label)) {
      const id = digest(der);
      const item = this.requests.get(id) ?? { id, view: readRequest(der), occurrences: [] };
      this.requests.set(id, item);
      item.occurrences.push(at);
    } else if (!HARMLESS.has(label)) this.unhandled.push({ ...at, what: `PEM block "${label}"` });
  }

  #addPrivateKey(der: Uint8Array, at: Occurrence): void {
    const { key, id, form } = this.#open(der, openPrivateKey);
    const item = this.#enter(id, key);
    if (item.key.type !== 'private') item.key = key;
    item.privateAt.push({ ...at, form: form as PrivateForm });
    const claimed = item.privateAt.filter(({ claim }) => claim === 'claimed').length;
    if (at.claim === 'claimed' && claimed === 1) this.#onPrivateKey(item);
  }

  #addToken(token: string, at: Occurrence): void {
    const { alg } = readJwt(token).header;
    if (!isSignedByKeyPair(alg)) {
      this.unhandled.push({ ...at, what: 'a token without a key pair' });
      return;
    }
    const id = digest(Buffer.from(token));
    const item = this.tokens.get(id) ?? { id, token, algorithm: alg, occurrences: [] };
    this.tokens.set(id, item);
    item.occurrences.push(at);
  }

  /** The same key stands in many places: each DER is opened once. */
  #open(
    der: Uint8Array,
    open: (der: Uint8Array) => { readonly key: KeyObject; readonly form: string },
  ): { readonly key: KeyObject; readonly id: KeyId; readonly form: string } {
    const at = digest(der);
    let opened = this.#seenKeys.get(at);
    if (opened === undefined) {
      const { key, form } = open(der);
      opened = { key, form, id: keyIdOf(key) };
      this.#seenKeys.set(at, opened);
    }
    return opened;
  }

  #enter(id: KeyId, key: KeyObject): KeyItem {
    let item = this.keys.get(id);
    if (item === undefined) {
      item = { id, kind: keyKindOf(key), key, privateAt: [], publicAt: [] };
      this.keys.set(id, item);
    }
    return item;
  }
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
