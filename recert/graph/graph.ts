import type { CertificateItem, Inventory, KeyItem, RequestItem, TokenItem } from '../inventory/inventory.ts';
import type { KeyId, KeyKind } from '../keys/key-kind.ts';

/**
 * What becomes of a thing:
 * - `reissue`: made anew
 * - `external`: not the cluster's (trust bundles, and what hangs on them); left alone
 * - `unclaimed`: found only by the sweep and related to nothing of the cluster; left alone and reported
 * - `foreign`: a token whose signer is unknown; left alone and reported
 * - `out-of-scope`: left alone because the run was restricted (IP change only)
 */
export type Fate = 'reissue' | 'external' | 'unclaimed' | 'foreign' | 'out-of-scope';

export interface CertificateNode {
  readonly item: CertificateItem;
  /** Undefined for external certificates whose key nobody needs to read. */
  readonly keyId: KeyId | undefined;
  /** The key that made its signature; `unseen:…` when no such key was found anywhere. */
  readonly signerId: KeyId;
  fate: Fate;
}

export interface KeyNode {
  readonly id: KeyId;
  readonly kind: KeyKind;
  /** Undefined for a key known only by what it signed. */
  readonly item: KeyItem | undefined;
  fate: Fate;
}

export interface TokenNode {
  readonly item: TokenItem;
  readonly signerId: KeyId | undefined;
  fate: Fate;
}

export interface RequestNode {
  readonly item: RequestItem;
  readonly keyId: KeyId;
  fate: Fate;
}

/** How everything in an inventory hangs together. */
export interface Graph {
  readonly inventory: Inventory;
  readonly certificates: ReadonlyMap<string, CertificateNode>;
  readonly keys: ReadonlyMap<KeyId, KeyNode>;
  readonly tokens: ReadonlyMap<string, TokenNode>;
  readonly requests: ReadonlyMap<string, RequestNode>;
}
