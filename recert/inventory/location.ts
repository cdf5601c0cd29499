import type { LensStep } from '../codec/nested/index.ts';

/** Where something stands: an etcd key or a file, and the way into its value. */
export interface Location {
  readonly origin: 'etcd' | 'file';
  /** The etcd key or the file's path. */
  readonly name: string;
  readonly steps: readonly LensStep[];
}

/** Names the container (value or file) a location lies in. */
export function containerOf({ origin, name }: Pick<Location, 'origin' | 'name'>): string {
  return `${origin}:${name}`;
}
