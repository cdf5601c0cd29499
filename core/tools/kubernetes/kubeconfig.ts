import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import { KubernetesError } from './kubernetes-error.ts';

/** Where a Kubernetes API is, and who lca is there. Holds secrets: not for logs. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path; without a slash at its end. */
  readonly server: URL;
  /** PEM of the authorities that may have signed the server's certificate; undefined: the ones of the system. */
  readonly certificateAuthority: Uint8Array | undefined;
  readonly tlsServerName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** PEM. */
  readonly clientCertificate: Uint8Array | undefined;
  readonly clientKey: Uint8Array | undefined;
  readonly token: string | undefined;
}

const text = z.string().min(1).nullish();
/** Lists whose items have a name and, under their kind, what is named. */
const named = z
  .array(z.looseObject({ name: z.string() }))
  .nullish()
  .transform((value) => value ?? []);

const cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'proxy-url': text,
});
const user = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
  username: z.unknown().optional(),
});
const context = z.object({ cluster: z.string(), user: z.string().nullish() });
const file = z.object({
  kind: z.literal('Config').nullish(),
  'current-context': text,
  clusters: named,
  users: named,
  contexts: named,
});

/**
 * Reads a kubeconfig (Kubernetes documentation, "Kubeconfig (v1)"): certificates and keys in it or in files beside it,
 * a token or a token file. Anything that would start a program or log in elsewhere is refused.
 *
 * @param path absolute path on the host
 * @param contextName default: the file's current context
 * @throws KubernetesError `bad-kubeconfig`
 */
export async function readKubeconfig(host: Host, path: string, contextName?: string): Promise<ClusterAccess> {
  const config = parsed(path, await host.readText(path));
  const chosen = contextName ?? config['current-context'];
  if (!chosen) throw refusal(path, 'has no current context');
  const where = context.parse(entry(path, config.contexts, 'context', chosen));
  const there = cluster.parse(entry(path, config.clusters, 'cluster', where.cluster));
  const who = user.parse(where.user ? entry(path, config.users, 'user', where.user) : {});
  if (there['proxy-url']) throw refusal(path, 'reaches its API through a proxy, which lca does not do');
  for (const way of ['exec', 'auth-provider', 'username'] as const) {
    if (who[way] !== undefined && who[way] !== null)
      throw refusal(path, `logs in by ${way}, which lca does not do`);
  }
  const pem = async (inline: string | null | undefined, beside: string | null | undefined) => {
    if (inline) return Buffer.from(inline, 'base64');
    return beside ? await bytesOf(host, path, beside) : undefined;
  };
  const tokenFromFile = who.tokenFile ? await bytesOf(host, path, who.tokenFile) : undefined;
  return {
    server: serverUrl(path, there.server),
    certificateAuthority: await pem(there['certificate-authority-data'], there['certificate-authority']),
    tlsServerName: there['tls-server-name'] ?? undefined,
    insecureSkipTlsVerify: there['insecure-skip-tls-verify'] ?? false,
    clientCertificate: await pem(who['client-certificate-data'], who['client-certificate']),
    clientKey: await pem(who['client-key-data'], who['client-key']),
    token: who.token ?? (tokenFromFile && Buffer.from(tokenFromFile).toString().trim()),
  };
}

function parsed(path: string, content: string | undefined): z.output<typeof file> {
  if (content === undefined) throw refusal(path, 'is not there');
  let value: unknown;
  try {
    value = parse(content, { logLevel: 'error' });
  } catch {
    // no cause: the parser quotes lines, and those may be keys
    throw refusal(path, 'is not valid YAML');
  }
  const result = file.safeParse(value);
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'its root'))];
  throw refusal(path, `is not as a kubeconfig should be at ${fields.join(', ')}`);
}

function entry(
  path: string,
  entries: readonly { readonly name: string; readonly [key: string]: unknown }[],
  kind: 'cluster' | 'user' | 'context',
  name: string,
): unknown {
  const found = entries.find((candidate) => candidate.name === name)?.[kind];
  if (found === undefined || found === null) throw refusal(path, `has no ${kind} ${name}`);
  return found;
}

async function bytesOf(host: Host, kubeconfig: string, name: string): Promise<Uint8Array> {
  const path = resolve(dirname(kubeconfig), name);
  const bytes = await host.readBytes(path);
  if (bytes === undefined) throw refusal(kubeconfig, `refers to ${path}, which is not there`);
  return bytes;
}

function serverUrl(path: string, server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw refusal(path, 'names a server that is no https address');
}

function refusal(path: string, what: string): KubernetesError {
  return new KubernetesError('bad-kubeconfig', `The kubeconfig ${path} ${what}.`, {
    remedy: 'Give lca a kubeconfig with a client certificate or a token.',
  });
}
