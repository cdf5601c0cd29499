import type { KubernetesObject } from './kubernetes-object.ts';

export interface CallOptions {
  /** For the whole answer; default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** `status` writes the status alone, and leaves the rest as it is. */
  readonly subresource?: 'status';
  /** The API server checks everything and keeps nothing. */
  readonly dryRun?: boolean;
}

export interface ListOptions extends CallOptions {
  /** Without it a namespaced type is listed in all namespaces. */
  readonly namespace?: string;
  /** `app=x,tier!=y` */
  readonly labelSelector?: string;
  /** `metadata.name=x` */
  readonly fieldSelector?: string;
  /** Objects asked for at a time; default 500. */
  readonly pageSize?: number;
}

export interface WatchOptions extends Omit<ListOptions, 'pageSize' | 'timeoutMs'> {
  /** From a list or an earlier event; without it the watch begins with all there is. */
  readonly resourceVersion?: string;
  /** After which the API server ends the watch in order; default 300 s. */
  readonly timeoutSeconds?: number;
}

export interface ApplyOptions extends WriteOptions {
  /** Who owns the fields. */
  readonly fieldManager: string;
  /** Take over fields that others own. */
  readonly force?: boolean;
}

export interface ObjectList {
  readonly items: readonly KubernetesObject[];
  /** To watch from. */
  readonly resourceVersion: string;
}
