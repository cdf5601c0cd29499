import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { messageOf } from '../../errors/lca-error.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { KubernetesError } from './kubernetes-error.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, as the API server knows them. */
  readonly path: string;
  /** In an operator's words, for errors: "read configmaps x". */
  readonly description: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Until the answer's first byte (`open`), or the whole answer (`send`). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** More than any object or page of objects; etcd's own limit for one object is 1.5 MiB. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Nothing that is idle longer is used again: API servers and balancers close such connections. */
const IDLE_MS = 15_000;

/** HTTP(S) to one API server, over few connections that are kept. */
export class Connection {
  readonly #access: ClusterAccess;
  readonly #agent: PlainAgent;
  readonly #isTls: boolean;

  constructor(access: ClusterAccess) {
    this.#access = access;
    this.#isTls = access.server.protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: 8, maxFreeSockets: 2, timeout: IDLE_MS };
    this.#agent = this.#isTls ? new TlsAgent({ ...kept, ...tlsOptions(access) }) : new PlainAgent(kept);
  }

  /** Where this leads, for messages. */
  get server(): string {
    return this.#access.server.origin;
  }

  /** One question and its whole answer, whatever its status. */
  async send(call: Call): Promise<Answer> {
    const limit = AbortSignal.timeout(call.timeoutMs);
    const signal = call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]);
    try {
      const response = await this.#request(call, signal);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES} bytes`);
        chunks.push(chunk);
      }
      return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
    } catch (error) {
      throw this.#failed(call, error, limit);
    }
  }

  /** Asks, and hands over the answer while it comes; abort the signal to end it. */
  async open(call: Call): Promise<IncomingMessage> {
    const begun = new AbortController();
    const timer = setTimeout(() => begun.abort(), call.timeoutMs);
    const signal = call.signal === undefined ? begun.signal : AbortSignal.any([begun.signal, call.signal]);
    try {
      return await this.#request(call, signal);
    } catch (error) {
      throw this.#failed(call, error, begun.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what is kept open; what is under way is broken off. */
  close(): void {
    this.#agent.destroy();
  }

  /** A kept connection that the other side has just closed is no failure: the question is asked once more on a new one. */
  async #request(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#requestOnce(call, signal);
    } catch (error) {
      const isStale = error instanceof StaleConnection;
      if (!isStale || call.method === 'POST') throw isStale ? error.cause : error;
      return await this.#requestOnce(call, signal);
    }
  }

  #requestOnce(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, token } = this.#access;
    const options: RequestOptions = {
      method: call.method,
      agent: this.#agent,
      signal,
      host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: server.port === '' ? (this.#isTls ? 443 : 80) : server.port,
      path: `${server.pathname.replace(/\/$/, '')}${call.path}`,
      headers: {
        accept: 'application/json',
        'user-agent': 'lca',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(call.body === undefined
          ? {}
          : {
              'content-type': call.contentType ?? 'application/json',
              'content-length': Buffer.byteLength(call.body),
            }),
      },
    };
    return new Promise((resolve, reject) => {
      const request = (this.#isTls ? tlsRequest : plainRequest)(options, resolve);
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(isStale ? new StaleConnection('the connection was closed', { cause: error }) : error);
      });
      request.end(call.body);
    });
  }

  #failed(call: Call, cause: unknown, limit: AbortSignal): unknown {
    if (call.signal?.aborted) return call.signal.reason;
    if (limit.aborted) {
      return new KubernetesError(
        'timed-out',
        `Could not ${call.description}: the Kubernetes API at ${this.server} did not answer within ${call.timeoutMs / 1000} s.`,
        { cause, remedy: 'See whether the API server is well: journalctl -u kubelet, crictl ps.' },
      );
    }
    return new KubernetesError(
      'unreachable',
      `Could not ${call.description}: the Kubernetes API at ${this.server} cannot be reached: ${messageOf(cause)}.`,
      { cause, remedy: 'See whether the API server runs, and whether the kubeconfig is for it.' },
    );
  }
}

class StaleConnection extends Error {}

function tlsOptions(access: ClusterAccess): ConstructorParameters<typeof TlsAgent>[0] {
  const pem = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes));
  return {
    ...(access.certificateAuthority === undefined ? {} : { ca: pem(access.certificateAuthority) }),
    ...(access.clientCertificate === undefined ? {} : { cert: pem(access.clientCertificate) }),
    ...(access.clientKey === undefined ? {} : { key: pem(access.clientKey) }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    rejectUnauthorized: !access.insecureSkipTlsVerify,
  };
}
