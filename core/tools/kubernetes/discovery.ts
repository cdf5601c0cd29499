import { z } from 'zod';
import { answerError } from './answer-error.ts';
import type { CallOptions } from './call-options.ts';
import { Connection } from './connection.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { ResourceType } from './kubernetes-object.ts';

const CALL_MS = 30_000;

/** A kind of object as the API server tells of it. */
export interface ServedType extends ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
  /** Other names for it: singular and short ones, lower case. */
  readonly aliases: readonly string[];
}

/** A group that is served by a server of its own, which does not answer: what there is of it is not known. */
export interface SilentGroup {
  readonly group: string;
  readonly error: KubernetesError;
}

export interface DiscoveryOptions extends CallOptions {
  readonly onSilent?: ((silent: SilentGroup) => void) | undefined;
}

const groups = z.object({
  groups: z.array(z.object({ name: z.string(), preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const serverAnswer = z.object({ gitVersion: z.string(), major: z.string(), minor: z.string() });
const resources = z.object({
  resources: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
      singularName: z.string().nullish(),
      shortNames: z.array(z.string()).nullish(),
    }),
  ),
});

/**
 * All kinds of objects that an API server serves, each in its group's preferred version; the core group first, then in
 * the server's order. Subresources are left out, and so is a group whose own server does not answer: `onSilent` is told.
 *
 * @throws KubernetesError
 */
export async function discoverTypes(
  access: ClusterAccess,
  options: DiscoveryOptions = {},
): Promise<readonly ServedType[]> {
  const connection = new Connection(access);
  try {
    const found = await ask(connection, '/apis', groups, options);
    const versions = ['v1', ...found.groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    const types: ServedType[] = [];
    for (const apiVersion of versions) types.push(...(await typesOf(connection, apiVersion, options)));
    return types;
  } finally {
    connection.close();
  }
}

/** What an API server says of itself: `v1.20.2`, `1`, `20`. */
export type ServerVersion = z.output<typeof serverAnswer>;

/** @throws KubernetesError */
export async function serverVersion(
  access: ClusterAccess,
  options: CallOptions = {},
): Promise<ServerVersion> {
  const connection = new Connection(access);
  try {
    return await ask(connection, '/version', serverAnswer, options);
  } finally {
    connection.close();
  }
}

async function typesOf(
  connection: Connection,
  apiVersion: string,
  options: DiscoveryOptions,
): Promise<readonly ServedType[]> {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
  try {
    const listed = await ask(connection, path, resources, options);
    return listed.resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, verbs, singularName, shortNames }) => ({
        apiVersion,
        group,
        version,
        kind,
        plural: name,
        namespaced,
        verbs,
        aliases: [singularName || kind.toLowerCase(), ...(shortNames ?? [])],
      }));
  } catch (error) {
    if (group === '' || !(error instanceof KubernetesError)) throw error;
    // it has gone since the groups were listed
    if (error.code === 'not-found') return [];
    if (error.code !== 'unavailable') throw error;
    // an aggregated API whose server is away; what it serves cannot be reached either
    options.onSilent?.({ group, error });
    return [];
  }
}

async function ask<Schema extends z.ZodType>(
  connection: Connection,
  path: string,
  schema: Schema,
  { timeoutMs = CALL_MS, signal }: CallOptions,
): Promise<z.output<Schema>> {
  const description = `discover what ${path} serves`;
  const { status, body } = await connection.send({ method: 'GET', path, description, timeoutMs, signal });
  if (status !== 200) throw answerError(description, status, body);
  try {
    return schema.parse(JSON.parse(body));
  } catch (cause) {
    throw new KubernetesError(
      'bad-answer',
      `Could not ${description}: the answer is not what a Kubernetes API says.`,
      { cause },
    );
  }
}
