import { readFile } from 'node:fs/promises';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { execa } from 'execa';
import { runRegistry } from './registry.ts';

/** How the answer to some requests is spoilt. Bytes count the body of one answer. */
export type Fault =
  /** The connection breaks after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The answer claims to be whole but is only so long. */
  | { readonly kind: 'truncate'; readonly toBytes: number }
  /** One bit is wrong. */
  | { readonly kind: 'corrupt' }
  /** The registry refuses. */
  | { readonly kind: 'status'; readonly code: number }
  /** The answer comes slowly, so that something can happen in the middle of it. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number };

export interface FrontOptions {
  /** An empty directory for blobs, configuration, keys. */
  readonly directory: string;
  /** Without them anybody may pull and push. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Serve HTTPS with a certificate for registry.test, 10.0.2.100 and 127.0.0.1, signed by itself. */
  readonly tls?: boolean;
}

/** What registries say with a status (OCI distribution specification, error codes). */
function refusalOf(status: number): { readonly code: string; readonly message: string } {
  if (status === 401) return { code: 'UNAUTHORIZED', message: 'authentication required' };
  if (status === 403) return { code: 'DENIED', message: 'requested access to the resource is denied' };
  return { code: 'UNAVAILABLE', message: 'spoilt by the test' };
}

/**
 * A real registry behind a proxy that can spoil, slow, count and cut what passes. Nodes reach it with
 * `forwards: [{ guest: '10.0.2.100:5000', hostPort: registry.port }]` as `registry.test:5000`.
 */
export class RegistryFront implements AsyncDisposable {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Where the registry behind keeps its blobs. */
  readonly storage: string;
  /** PEM file to trust, when it serves TLS. */
  readonly certificate: string | undefined;
  /** Method and path of every request since the start. */
  readonly requests: string[] = [];
  /** Bytes of bodies sent to clients since the start. */
  bytesServed = 0;
  readonly #faults: { readonly path: RegExp; readonly fault: Fault; times: number }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #close: () => Promise<void>;
  readonly #options: FrontOptions;
  #reachable = true;

  private constructor(
    port: number,
    storage: string,
    certificate: string | undefined,
    options: FrontOptions,
    close: () => Promise<void>,
  ) {
    this.port = port;
    this.storage = storage;
    this.certificate = certificate;
    this.#options = options;
    this.#close = close;
  }

  /** Starts the registry and the proxy; `dispose` (or `await using`, or `t.teardown(() => registry.dispose())`) ends both. */
  static async start(options: FrontOptions): Promise<RegistryFront> {
    const registry = await runRegistry(options.directory, await htpasswd(options));
    const certificate = options.tls ? await makeCertificate(options.directory) : undefined;
    let front: RegistryFront | undefined;
    const listener: RequestListener = (incoming, answer) => {
      if (front) front.#handle(incoming, answer, registry.address);
    };
    const server =
      certificate === undefined
        ? createServer(listener)
        : createTlsServer(
            { cert: await readFile(certificate.cert), key: await readFile(certificate.key) },
            listener,
          );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    front = new RegistryFront(port, registry.storage, certificate?.cert, options, async () => {
      server.close();
      await registry.stop();
    });
    server.on('connection', front.#accept);
    return front;
  }

  /** Host and port for clients on this machine. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Spoils the answers to GET requests whose path matches: the next one, or `times` of them. */
  spoil(path: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ path, fault, times });
  }

  /** Forgets all faults. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** With `false`, every connection, old and new, is cut at once: the network beyond the node is gone. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) for (const socket of this.#sockets) socket.destroy();
  }

  /** Pushes an image (`oci-archive:PATH`, `oci:DIR`, …) under a name like `workload:1`. */
  async push(source: string, name: string): Promise<void> {
    const { credentials } = this.#options;
    const auth = join(this.#options.directory, 'auth.json');
    if (credentials) {
      const { user, password } = credentials;
      const login = [
        'login',
        '--authfile',
        auth,
        '--tls-verify=false',
        '-u',
        user,
        '--password-stdin',
        this.address,
      ];
      await execa('skopeo', login, { input: password });
    }
    const authorized = credentials ? ['--authfile', auth] : [];
    const target = `docker://${this.address}/${name}`;
    await execa('skopeo', ['copy', '-q', ...authorized, '--dest-tls-verify=false', source, target], {
      stdin: 'ignore',
    });
  }

  async dispose(): Promise<void> {
    this.setReachable(false);
    await this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  readonly #accept = (socket: Socket): void => {
    if (!this.#reachable) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  };

  #handle(incoming: IncomingMessage, answer: ServerResponse, registry: string): void {
    const path = incoming.url ?? '/';
    this.requests.push(`${incoming.method} ${path}`);
    const fault = incoming.method === 'GET' ? this.#take(path) : undefined;
    if (fault?.kind === 'status') {
      answer.writeHead(fault.code, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ errors: [refusalOf(fault.code)] }));
      return;
    }
    const [host, port] = registry.split(':');
    const upstream = forward(
      { host, port, path, method: incoming.method, headers: incoming.headers },
      (response) => {
        const headers = { ...response.headers };
        if (fault?.kind === 'truncate') headers['content-length'] = String(fault.toBytes);
        answer.writeHead(response.statusCode ?? 502, headers);
        response.pipe(this.#spoiler(fault, answer)).pipe(answer);
      },
    );
    upstream.on('error', () => answer.destroy());
    answer.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  #take(path: string): Fault | undefined {
    const found = this.#faults.find((each) => each.times > 0 && each.path.test(path));
    if (found) found.times -= 1;
    return found?.fault;
  }

  /** Passes a body on, counting it, spoilt as the fault says. */
  #spoiler(fault: Fault | undefined, answer: ServerResponse): Transform {
    let passed = 0;
    const most =
      fault?.kind === 'cut' ? fault.afterBytes : fault?.kind === 'truncate' ? fault.toBytes : Infinity;
    return new Transform({
      transform: (chunk: Buffer, _encoding, next) => {
        const part = chunk.subarray(0, Math.max(0, most - passed));
        if (fault?.kind === 'corrupt' && passed === 0 && part[0] !== undefined) part[0] ^= 1;
        passed += part.length;
        this.bytesServed += part.length;
        const wait = fault?.kind === 'slow' ? (part.length / fault.bytesPerSecond) * 1000 : 0;
        if (fault?.kind === 'cut' && passed >= most) {
          answer.write(part, () => answer.destroy());
          return;
        }
        setTimeout(() => next(null, part), wait);
      },
    });
  }
}

async function htpasswd({ credentials }: FrontOptions): Promise<string | undefined> {
  if (!credentials) return undefined;
  const { stdout } = await execa('htpasswd', ['-niB', credentials.user], { input: credentials.password });
  return stdout;
}

async function makeCertificate(directory: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(directory, 'registry.crt'), join(directory, 'registry.key')];
  const names = 'subjectAltName=DNS:registry.test,IP:10.0.2.100,IP:127.0.0.1';
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];
  const files = ['-keyout', key, '-out', cert];
  await execa('openssl', ['req', ...kind, '-subj', '/CN=registry.test', '-addext', names, ...files], {
    stdin: 'ignore',
  });
  return { cert, key };
}
