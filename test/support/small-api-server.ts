import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;
interface Stored extends Json {
  metadata: Json & { name: string };
}

/** A refusal: what an API server's admission says to an object, before it is stored. */
export type Admission = (change: {
  readonly method: string;
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json;
}) => string | undefined;

/**
 * As much of an API server as the door asks of one, in memory: objects with generation, uid, resource version and a
 * status of their own, merge patches, watches. For what no real one at hand does: refuse by admission rules, and come
 * and go between two requests. That the door works with a real one is shown in test/cluster.
 */
export class SmallApiServer {
  readonly objects = new Map<string, Stored>();
  /** `GET /apis/…`, in order. */
  readonly requests: string[] = [];
  admission: Admission = () => undefined;
  /** Answers given once each, instead of the true one, to the first request (`PATCH /api/…`) that matches. */
  readonly troubles: { readonly request: RegExp; readonly code: number; readonly message: string }[] = [];
  /** Answers every request with 503. */
  isDown = false;
  /** Which requests are answered with 503 though nothing else is wrong: before they are carried out, or after. */
  outage: (request: string) => 'before' | 'after' | undefined = () => undefined;
  #revision = 0;
  readonly #watchers = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Json);
    const spoken = `${request.method} ${url.pathname}`;
    this.requests.push(spoken);
    const outage = this.isDown ? 'before' : this.outage(spoken);
    if (outage === 'before') return reply(response, 503, status(503, 'ServiceUnavailable', 'down'));
    const trouble = this.troubles.find((one) => one.request.test(spoken));
    if (trouble !== undefined) {
      this.troubles.splice(this.troubles.indexOf(trouble), 1);
      return reply(response, trouble.code, status(trouble.code, 'Trouble', trouble.message));
    }
    if (url.searchParams.has('watch')) {
      response.writeHead(200);
      response.write('\n');
      this.#watchers.add(response);
      response.on('close', () => this.#watchers.delete(response));
      return;
    }
    const isDry = url.searchParams.has('dryRun');
    const [code, answer] = this.#answer(request.method ?? 'GET', url.pathname, body, isDry);
    if (outage === 'after') return reply(response, 503, status(503, 'ServiceUnavailable', 'just gone'));
    reply(response, code, answer);
    if (request.method !== 'GET' && !isDry) this.#tell(answer);
  }

  #tell(object: Json): void {
    if (object['kind'] === 'Status') return;
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  }

  #answer(method: string, path: string, body: Json, isDry: boolean): [number, Json] {
    const isStatus = path.endsWith('/status');
    const key = stored(path.replace(/\/status$/, ''));
    const version = ['POST', 'PUT'].includes(method) ? body['apiVersion'] : undefined;
    if (
      typeof version === 'string' &&
      !path.startsWith(`/${version.includes('/') ? 'apis' : 'api'}/${version}/`)
    )
      return [400, status(400, 'BadRequest', `${version} is not the version asked for`)];
    if (method === 'POST') return this.#create(path, body as Stored, isDry);
    const found = this.objects.get(key);
    if (method === 'GET' && isCollection(key)) {
      const items = [...this.objects]
        .filter(([name]) => name.startsWith(`${key}/`))
        .map(([, object]) => object);
      return [
        200,
        { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: `${this.#revision}` }, items },
      ];
    }
    if (found === undefined) return [404, status(404, 'NotFound', `${key} not found`)];
    if (method === 'GET') return [200, found];
    if (method === 'DELETE') {
      this.objects.delete(key);
      return [200, found];
    }
    const wished = method === 'PUT' ? body : (merged(found, body) as Json);
    const { metadata } = wished as Stored;
    if (method === 'PUT' && metadata['resourceVersion'] !== found.metadata['resourceVersion'])
      return [409, status(409, 'Conflict', 'the object has been modified')];
    const after: Stored = isStatus
      ? { ...found, status: wished['status'] }
      : { ...(wished as Stored), status: found['status'] };
    const refusal = this.admission({ method, path, before: found, after });
    if (refusal !== undefined) return [422, status(422, 'Invalid', refusal)];
    const isNew = JSON.stringify(after['spec']) !== JSON.stringify(found['spec']);
    const generation = (found.metadata['generation'] as number) + (isNew ? 1 : 0);
    const kept = { ...after, metadata: { ...after.metadata, generation, resourceVersion: this.#next() } };
    this.objects.set(key, kept);
    return [200, kept];
  }

  /** What is in it is looked at first, then whether there is one: also by a real API server. */
  #create(path: string, body: Stored, isDry: boolean): [number, Json] {
    const key = `${stored(path)}/${body.metadata.name}`;
    const refusal = this.admission({ method: 'POST', path, before: undefined, after: body });
    if (refusal !== undefined) return [422, status(422, 'Invalid', refusal)];
    if (this.objects.has(key)) return [409, status(409, 'AlreadyExists', `${key} is there`)];
    if (isDry) return [201, body];
    const metadata = {
      ...body.metadata,
      uid: randomUUID(),
      generation: 1,
      resourceVersion: this.#next(),
      creationTimestamp: new Date().toISOString(),
    };
    const made: Stored = { ...body, metadata };
    delete made['status'];
    if (body['kind'] === 'CustomResourceDefinition')
      made['status'] = { conditions: [{ type: 'Established', status: 'True' }] };
    this.objects.set(key, made);
    return [201, made];
  }

  #next(): string {
    this.#revision += 1;
    return `${this.#revision}`;
  }
}

/** Where an object is kept, through whichever of its versions it is asked for. */
function stored(path: string): string {
  return path.replace('/v1alpha1/', '/v1/');
}

/** `/apis/<group>/<version>/<plural>`, `/api/v1/<plural>`, or the same in a namespace. */
function isCollection(path: string): boolean {
  return /^\/(api|apis\/[^/]+)\/[^/]+\/[^/]+$/.test(path);
}

function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const into: Json =
    typeof before === 'object' && before !== null && !Array.isArray(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete into[name];
    else into[name] = merged(into[name], value);
  }
  return into;
}

function status(code: number, reason: string, message: string): Json {
  return { kind: 'Status', apiVersion: 'v1', code, reason, message };
}

function reply(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
