import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import { answerError } from './answer-error.ts';
import type {
  ApplyOptions,
  CallOptions,
  ListOptions,
  ObjectList,
  WatchOptions,
  WriteOptions,
} from './call-options.ts';
import { type Call, Connection } from './connection.ts';
import { type ClusterAccess, readKubeconfig } from './kubeconfig.ts';
import { KubernetesError } from './kubernetes-error.ts';
import {
  type KubernetesObject,
  kubernetesObject,
  type NewObject,
  type ObjectName,
  type ResourceType,
  resourcePath,
} from './kubernetes-object.ts';
import { namespaceOf, queryOf, selection, spoken, writeQuery } from './query.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

const CALL_MS = 30_000;
const PAGE = 500;
const WATCH_SECONDS = 300;
/** A watch that the server should have ended long ago has lost its connection without a word. */
const GRACE_MS = 30_000;

const page = z.looseObject({
  kind: z.string(),
  apiVersion: z.string(),
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().nullish() }),
  items: z.array(z.looseObject({})).nullable(),
});
const discovery = z.object({
  groupVersion: z.string(),
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/**
 * A Kubernetes API: what lca needs of it, over Node's own HTTPS. Every method throws `KubernetesError`; an aborted
 * signal's reason is thrown as it is.
 */
export class KubernetesClient {
  readonly #connection: Connection;

  constructor(access: ClusterAccess) {
    this.#connection = new Connection(access);
  }

  /** @throws KubernetesError `bad-kubeconfig` */
  static async fromKubeconfig(host: Host, path: string): Promise<KubernetesClient> {
    return new KubernetesClient(await readKubeconfig(host, path));
  }

  /** Where this leads, for messages. */
  get server(): string {
    return this.#connection.server;
  }

  /** Whether the API server says that it can serve (`/readyz`); never throws but for an aborted signal. */
  async isReady(options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#send('GET', '/readyz', 'ask whether the API is ready', undefined, options);
      return true;
    } catch (error) {
      if (error instanceof KubernetesError) return false;
      throw error;
    }
  }

  /** The kinds of objects in a group and version; empty if the API does not serve it. */
  async resourceTypes(apiVersion: string, options: CallOptions = {}): Promise<readonly ResourceType[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const description = `list the kinds of ${apiVersion}`;
    try {
      const body = await this.#send('GET', path, description, undefined, options);
      const { groupVersion, resources } = shaped(discovery, body, description);
      return resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced }) => ({
          apiVersion: groupVersion,
          kind,
          plural: name,
          namespaced,
        }));
    } catch (error) {
      if (error instanceof KubernetesError && error.code === 'not-found') return [];
      throw error;
    }
  }

  /** @returns undefined if the object (or its whole kind) is not there */
  async get(
    type: ResourceType,
    name: ObjectName,
    options: CallOptions = {},
  ): Promise<KubernetesObject | undefined> {
    try {
      return await this.#object(
        'GET',
        resourcePath(type, name),
        `read ${spoken(type, name)}`,
        undefined,
        options,
      );
    } catch (error) {
      if (error instanceof KubernetesError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  /** All objects of a type, read page by page. */
  async list(type: ResourceType, options: ListOptions = {}): Promise<ObjectList> {
    const description = `list ${type.plural}`;
    const items: KubernetesObject[] = [];
    let next: string | undefined;
    for (;;) {
      const query = queryOf({
        ...selection(options),
        limit: String(options.pageSize ?? PAGE),
        continue: next,
      });
      const path = `${resourcePath(type, namespaceOf(options))}${query}`;
      const body = await this.#send('GET', path, description, undefined, options);
      const found = shaped(page, body, description);
      for (const item of found.items ?? []) {
        // items of built-in types leave out what the list has said
        items.push(
          shaped(kubernetesObject, { apiVersion: type.apiVersion, kind: type.kind, ...item }, description),
        );
      }
      next = found.metadata.continue || undefined;
      if (next === undefined) return { items, resourceVersion: found.metadata.resourceVersion };
    }
  }

  /**
   * Changes as they come, until the server ends the watch, which it does from time to time. Go on from the last
   * event's resource version then; after `gone`, list anew.
   */
  async *watch(type: ResourceType, options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
    const description = `watch ${type.plural}`;
    const seconds = options.timeoutSeconds ?? WATCH_SECONDS;
    const query = queryOf({
      ...selection(options),
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      resourceVersion: options.resourceVersion,
    });
    const overdue = AbortSignal.timeout(seconds * 1000 + GRACE_MS);
    const signal = options.signal === undefined ? overdue : AbortSignal.any([overdue, options.signal]);
    const path = `${resourcePath(type, namespaceOf(options))}${query}`;
    const response = await this.#connection.open({
      method: 'GET',
      path,
      description,
      timeoutMs: CALL_MS,
      signal,
    });
    try {
      if (response.statusCode !== 200) {
        const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
        throw answerError(description, response.statusCode ?? 0, body);
      }
      yield* watchEvents(response, description);
    } catch (cause) {
      if (cause instanceof KubernetesError) throw cause;
      if (options.signal?.aborted) throw options.signal.reason;
      throw new KubernetesError(
        'unreachable',
        `Could not ${description}: the connection to the Kubernetes API at ${this.server} broke.`,
        { cause },
      );
    } finally {
      response.destroy();
    }
  }

  /** @throws KubernetesError `already-exists` */
  create(type: ResourceType, object: NewObject, options: WriteOptions = {}): Promise<KubernetesObject> {
    const { name, namespace } = object.metadata;
    const path = `${resourcePath(type, { namespace })}${writeQuery(options)}`;
    const description = `create ${spoken(type, { name: name ?? '(unnamed)', namespace })}`;
    return this.#object('POST', path, description, { body: JSON.stringify(object) }, options);
  }

  /** Replaces an object whole; only as it was read, if it has a resource version. @throws KubernetesError `conflict` */
  replace(type: ResourceType, object: NewObject, options: WriteOptions = {}): Promise<KubernetesObject> {
    const name = { name: object.metadata.name ?? '', namespace: object.metadata.namespace };
    return this.#write('PUT', type, name, { body: JSON.stringify(object) }, options);
  }

  /** Changes some fields (JSON merge patch, RFC 7386): null removes one, lists are replaced whole. */
  patch(
    type: ResourceType,
    name: ObjectName,
    changes: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): Promise<KubernetesObject> {
    const body = { body: JSON.stringify(changes), contentType: 'application/merge-patch+json' };
    return this.#write('PATCH', type, name, body, options);
  }

  /** Server-side apply: makes the object, or sees to it that these fields are as given. JSON is YAML. */
  apply(type: ResourceType, object: NewObject, options: ApplyOptions): Promise<KubernetesObject> {
    const name = { name: object.metadata.name ?? '', namespace: object.metadata.namespace };
    const body = { body: JSON.stringify(object), contentType: 'application/apply-patch+yaml' };
    return this.#write('PATCH', type, name, body, options, {
      fieldManager: options.fieldManager,
      force: options.force === true ? 'true' : undefined,
    });
  }

  /** Removes an object; nothing there is fine. @param uid only this very object */
  async remove(
    type: ResourceType,
    name: ObjectName,
    options: CallOptions & { readonly uid?: string } = {},
  ): Promise<void> {
    const { uid } = options;
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    });
    try {
      await this.#send('DELETE', resourcePath(type, name), `delete ${spoken(type, name)}`, { body }, options);
    } catch (error) {
      if (!(error instanceof KubernetesError && error.code === 'not-found')) throw error;
    }
  }

  /** Closes the connections; what is under way is broken off. */
  close(): void {
    this.#connection.close();
  }

  #write(
    method: 'PUT' | 'PATCH',
    type: ResourceType,
    name: ObjectName,
    body: Pick<Call, 'body' | 'contentType'>,
    options: WriteOptions,
    query: Readonly<Record<string, string | undefined>> = {},
  ): Promise<KubernetesObject> {
    const part = options.subresource === undefined ? '' : `/${options.subresource}`;
    const path = `${resourcePath(type, name)}${part}${writeQuery(options, query)}`;
    const description = `write ${options.subresource === undefined ? '' : 'the status of '}${spoken(type, name)}`;
    return this.#object(method, path, description, body, options);
  }

  async #object(
    method: Call['method'],
    path: string,
    description: string,
    body: Pick<Call, 'body' | 'contentType'> | undefined,
    options: CallOptions,
  ): Promise<KubernetesObject> {
    return shaped(kubernetesObject, await this.#send(method, path, description, body, options), description);
  }

  /** @returns the answer as parsed JSON, or as text where it is none */
  async #send(
    method: Call['method'],
    path: string,
    description: string,
    body: Pick<Call, 'body' | 'contentType'> | undefined,
    { timeoutMs = CALL_MS, signal }: CallOptions,
  ): Promise<unknown> {
    const answer = await this.#connection.send({ method, path, description, timeoutMs, signal, ...body });
    if (answer.status < 200 || answer.status > 299)
      throw answerError(description, answer.status, answer.body);
    try {
      return JSON.parse(answer.body);
    } catch {
      return answer.body;
    }
  }
}

function shaped<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  description: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new KubernetesError(
    'bad-answer',
    `Could not ${description}: the answer is not what a Kubernetes API says.`,
  );
}
