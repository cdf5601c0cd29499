import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import * as protoLoader from '@grpc/proto-loader';
import { messageOf } from '../errors/lca-error.ts';
import { EtcdError } from './etcd-error.ts';
import { ETCD_DESCRIPTOR } from './etcd-messages.ts';
import { EVERYTHING, FIRST_KEY, spansOf } from './etcd-spans.ts';

/** One key as etcd holds it. */
export interface EtcdEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: number;
  /** Lease id; `'0'` without one. */
  readonly lease: string;
}

export interface EtcdMember {
  readonly id: string;
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/** One change of a transaction; it holds only if the key was last changed at that revision (0: is not there). */
export type EtcdChange =
  | {
      readonly key: string;
      readonly ifModRevision: number;
      readonly put: Uint8Array;
      readonly hasLease?: boolean;
    }
  | { readonly key: string; readonly ifModRevision: number; readonly remove: true };

export interface RangeOptions {
  /** Entries per page; default 256. */
  readonly pageSize?: number;
  readonly keysOnly?: boolean;
  /** Prefixes whose entries come before all others; none begins with another one. */
  readonly first?: readonly string[];
}

interface RangeResponse {
  readonly header: { readonly revision: string };
  readonly kvs: readonly {
    readonly key: Buffer;
    readonly value: Buffer;
    readonly modRevision: string;
    readonly lease: string;
  }[];
  readonly more: boolean;
  readonly count: string;
}

const CALL_TIMEOUT_MS = 60_000;
const MOST_TRIES = 10;
const RETRY_MS = 500;
const ALREADY_COMPACTED = /required revision has been compacted/;
/** etcd's own words when a request outlasted its patience (about 5 s), as on an overloaded disk. */
const TOO_SLOW = /etcdserver: (request timed out|no leader|leader changed|too many requests)/;
const DEFAULT_PAGE = 256;
const LARGE_PAGE_BYTES = 4 * 1024 * 1024;

const definition = protoLoader.fromJSON(ETCD_DESCRIPTOR as Parameters<typeof protoLoader.fromJSON>[0], {
  longs: String,
  defaults: true,
  arrays: true,
});

/**
 * A client of one etcd without TLS and authentication: what a private etcd on loopback speaks. Keys are text (as all
 * of Kubernetes' are); values are bytes.
 */
export class EtcdClient {
  readonly endpoint: string;
  readonly #client: grpc.Client;

  /** @param endpoint `host:port`, as upstream's option has it; a leading `http://` is accepted */
  constructor(endpoint: string) {
    this.endpoint = endpoint.replace(/^http:\/\//, '').replace(/\/$/, '');
    this.#client = new grpc.Client(this.endpoint, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.enable_http_proxy': 0,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.default_authority': 'localhost',
    });
  }

  /**
   * All entries under a prefix, in key order but for what is to come first, read page by page at one revision, so that
   * a change in between is not half seen. While a page is worked on, etcd is already reading the next one.
   */
  async *range(prefix: string, options: RangeOptions = {}): AsyncGenerator<readonly EtcdEntry[]> {
    const spans = spansOf(prefix, options.first ?? []).values();
    let limit = options.pageSize ?? DEFAULT_PAGE;
    let revision = '0';
    let rangeEnd: Uint8Array = EVERYTHING;
    const read = (key: Uint8Array): Promise<RangeResponse> => {
      const page = this.#range({ key, rangeEnd, limit, revision, keysOnly: options.keysOnly });
      // Whoever waits for the page is told; nobody may, when the reader leaves early.
      page.catch(() => undefined);
      return page;
    };
    const readSpan = (): Promise<RangeResponse> | undefined => {
      const { value: span } = spans.next();
      if (span === undefined) return undefined;
      rangeEnd = span.end;
      return read(span.start);
    };
    let next = readSpan();
    while (next !== undefined) {
      const page: RangeResponse = await next;
      const last = page.kvs.at(-1);
      const size = page.kvs.reduce((sum, { value }) => sum + value.length, 0);
      if (size > LARGE_PAGE_BYTES) limit = Math.max(16, limit >> 1);
      revision = page.header.revision;
      next = page.more && last !== undefined ? read(Buffer.concat([last.key, FIRST_KEY])) : readSpan();
      if (page.kvs.length > 0) yield page.kvs.map(entryOf);
    }
  }

  /** The first key that is these bytes or comes behind them, as bytes. */
  async keyFrom(bytes: Uint8Array): Promise<Buffer | undefined> {
    const key = bytes.length === 0 ? FIRST_KEY : bytes;
    const page = await this.#range({ key, rangeEnd: EVERYTHING, limit: 1, keysOnly: true });
    return page.kvs[0]?.key;
  }

  /** Names of the keys under a prefix, in order. */
  async keys(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const page of this.range(prefix, { keysOnly: true, pageSize: 5000 })) {
      for (const { key } of page) keys.push(key);
    }
    return keys;
  }

  /** The database's newest revision and number of keys. */
  async survey(): Promise<{ readonly revision: number; readonly keys: number }> {
    const { header, count } = await this.#range({ key: FIRST_KEY, rangeEnd: EVERYTHING, countOnly: true });
    return { revision: Number(header.revision), keys: Number(count) };
  }

  async get(key: string): Promise<EtcdEntry | undefined> {
    const page = await this.#range({ key: Buffer.from(key) });
    return page.kvs.map(entryOf)[0];
  }

  /** All or none of the changes. @returns whether every condition held and so all were made */
  async transact(changes: readonly EtcdChange[]): Promise<boolean> {
    const compare = changes.map(({ key, ifModRevision }) => ({
      result: 0,
      target: 2,
      key: Buffer.from(key),
      modRevision: ifModRevision,
    }));
    const success = changes.map((change) => {
      const key = Buffer.from(change.key);
      if ('remove' in change) return { requestDeleteRange: { key } };
      return { requestPut: { key, value: change.put, ignoreLease: change.hasLease ?? false } };
    });
    const { succeeded } = (await this.#call('KV', 'Txn', { compare, success })) as { succeeded: boolean };
    return succeeded;
  }

  async members(): Promise<readonly EtcdMember[]> {
    const { members } = (await this.#call('Cluster', 'MemberList', {})) as { members: EtcdMember[] };
    return members;
  }

  /** Sets a member's peer URLs; a running member takes them up at once. */
  async updateMember(id: string, peerUrls: readonly string[]): Promise<void> {
    await this.#call('Cluster', 'MemberUpdate', { id, peerUrls });
  }

  /**
   * Forgets what keys held before a revision, and waits until it is gone from the database. That it has been forgotten
   * already is fine.
   */
  async compact(revision: number): Promise<void> {
    try {
      await this.#call('KV', 'Compact', { revision, physical: true }, 600_000);
    } catch (error) {
      const cause = error instanceof EtcdError ? error.cause : undefined;
      if (!(cause instanceof Error && ALREADY_COMPACTED.test(cause.message))) throw error;
    }
  }

  /** Gives unused pages of the database file back to the filesystem. */
  async defragment(): Promise<void> {
    await this.#call('Maintenance', 'Defragment', {}, 600_000);
  }

  async status(timeoutMs = CALL_TIMEOUT_MS): Promise<{ readonly version: string; readonly dbSize: number }> {
    const status = (await this.#call('Maintenance', 'Status', {}, timeoutMs)) as {
      version: string;
      dbSize: string;
    };
    return { version: status.version, dbSize: Number(status.dbSize) };
  }

  /** etcd's own hash over all keys and values at the newest revision: equal before and after when nothing changed. */
  async hash(): Promise<number> {
    const { hash } = (await this.#call('Maintenance', 'HashKV', { revision: 0 })) as { hash: number };
    return hash;
  }

  close(): void {
    this.#client.close();
  }

  #range(request: Readonly<Record<string, unknown>>): Promise<RangeResponse> {
    return this.#call('KV', 'Range', request) as Promise<RangeResponse>;
  }

  /**
   * One call, again when etcd says it was too slow (its disk is): every call here may be made twice, a transaction
   * because of its conditions.
   */
  async #call(
    service: string,
    method: string,
    request: object,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<unknown> {
    for (let left = MOST_TRIES; ; left -= 1) {
      try {
        return await this.#callOnce(service, method, request, timeoutMs);
      } catch (error) {
        const cause = error instanceof EtcdError ? error.cause : undefined;
        if (left <= 1 || !(cause instanceof Error && TOO_SLOW.test(cause.message))) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  #callOnce(service: string, method: string, request: object, timeoutMs: number): Promise<unknown> {
    const found = definition[`etcdserverpb.${service}`] as grpc.ServiceDefinition;
    const { path, requestSerialize, responseDeserialize } = found[method] as grpc.MethodDefinition<
      object,
      unknown
    >;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize as (value: object) => Buffer,
        responseDeserialize,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, response) => (error === null ? resolve(response) : reject(this.#failed(method, error))),
      );
    });
  }

  #failed(method: string, cause: grpc.ServiceError): EtcdError {
    const silent = cause.code === grpc.status.UNAVAILABLE || cause.code === grpc.status.DEADLINE_EXCEEDED;
    if (silent) {
      return new EtcdError('unreachable', `No etcd answered at ${this.endpoint} (${method}).`, {
        cause,
        remedy: 'Check that the etcd there runs, without TLS and authentication.',
      });
    }
    return new EtcdError(
      'request-failed',
      `etcd at ${this.endpoint} refused ${method}: ${cause.details || messageOf(cause)}.`,
      { cause },
    );
  }
}

function entryOf(kv: RangeResponse['kvs'][number]): EtcdEntry {
  return {
    key: kv.key.toString(),
    value: kv.value,
    modRevision: Number(kv.modRevision),
    lease: kv.lease,
  };
}
