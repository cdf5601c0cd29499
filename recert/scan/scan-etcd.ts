import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { discover, SeenTexts } from '../codec/nested/index.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Cipher } from '../workspace/cipher.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';
import { claimOfEtcd } from './claims.ts';
import { rootOf } from './etcd-key.ts';

/** What a pass over the database saw besides crypto. */
export interface EtcdSurvey {
  readonly keys: number;
  readonly bytes: number;
  readonly roots: readonly string[];
}

export interface EtcdScanOptions {
  /** Prefixes of the keys to be read before all others. */
  readonly first?: readonly string[];
  /** Keeps the values that hold crypto, for editing; without it nothing of a value stays in memory. */
  readonly overlay?: EtcdOverlay;
  /** Called with every value (plain), for searches that need all of them. */
  readonly onValue?: (key: string, plain: Uint8Array, modRevision: number) => void;
}

/**
 * Reads the whole database page by page and takes up all crypto in it.
 *
 * @throws RecertError `encrypted`
 */
export async function scanEtcd(
  client: EtcdClient,
  cipher: Cipher,
  inventory: Inventory,
  { overlay, onValue, first = [] }: EtcdScanOptions,
): Promise<EtcdSurvey> {
  let keys = 0;
  let bytes = 0;
  const roots = new Set<string>();
  const seen = new SeenTexts();
  for await (const page of client.range('', { first })) {
    for (const entry of page) {
      keys += 1;
      bytes += entry.value.length;
      roots.add(rootOf(entry.key));
      const plain = cipher.open(entry.key, entry.value);
      onValue?.(entry.key, plain, entry.modRevision);
      if (overlay !== undefined && cipher.isStale(entry.key, entry.value)) {
        overlay.remember(entry, plain);
        await overlay.touch(entry.key);
      }
      const { found, faults } = discover(plain, seen);
      if (found.length === 0 && faults.length === 0) continue;
      overlay?.remember(entry, plain);
      for (const item of found) {
        const claim = claimOfEtcd(entry.key, item.steps);
        if (claim !== 'skipped')
          inventory.add(item, { origin: 'etcd', name: entry.key, steps: item.steps }, claim);
      }
      for (const { error, steps } of faults) {
        const claim = claimOfEtcd(entry.key, steps);
        inventory.addFault({ origin: 'etcd', name: entry.key, steps }, claim, error.message);
      }
    }
  }
  return { keys, bytes, roots: [...roots] };
}
