import { printLocation } from '../codec/nested/index.ts';
import type { Stage } from '../commit/stage.ts';
import { containerName } from './container-name.ts';
import type { Ledger } from './ledger.ts';

/**
 * What is kept of a run's ledger when it is over: what the run has removed proves nothing any more, and the keys of removed
 * objects are what another node was called.
 */
export function keptLedger({ ledger, etcd, files }: Pick<Stage, 'ledger' | 'etcd' | 'files'>): Ledger {
  const removed = new Set([
    ...etcd.filter(({ after }) => after === null).map(({ key }) => container('etcd', key)),
    ...files.filter(({ after }) => after === null).map(({ path }) => container('file', path)),
  ]);
  const isKept = (location: string): boolean => !removed.has(containerName(location));
  return {
    ...ledger,
    places: ledger.places.filter(({ location }) => isKept(location)),
    left: ledger.left.map((left) => ({ ...left, locations: left.locations.filter(isKept) })),
    renamed: ledger.renamed.filter(isKept),
  };
}

function container(origin: 'etcd' | 'file', name: string): string {
  return printLocation({ origin, name, steps: [] });
}
