import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parse } from 'yaml';

/** How to reach an API server, and as whom. */
export interface Credentials {
  /** `https://host:port` */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** PEM of a client certificate and its key. */
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

/** An object or list of the API, as far as tests look at it. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly secrets?: readonly { readonly name: string }[];
  readonly items?: readonly KubernetesObject[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** What a successful request for an object was answered with. */
  readonly object: () => KubernetesObject;
}

interface Kubeconfig {
  readonly clusters: [
    { readonly cluster: { readonly server: string; 'certificate-authority-data': string } },
  ];
  readonly users: [
    {
      readonly user: {
        readonly 'client-certificate-data': string;
        readonly 'client-key-data': string;
      };
    },
  ];
}

/** The credentials of a kubeconfig that embeds its certificates, as kubeadm's do. */
export async function credentialsOf(kubeconfig: string): Promise<Credentials> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const decode = (text: string): string => Buffer.from(text, 'base64').toString();
  return {
    server: clusters[0].cluster.server,
    ca: decode(clusters[0].cluster['certificate-authority-data']),
    certificate: decode(users[0].user['client-certificate-data']),
    key: decode(users[0].user['client-key-data']),
  };
}

/**
 * One request to an API server.
 *
 * @param body sent as JSON; a PATCH is a merge patch
 * @throws Error when no TLS connection comes about, as with a certificate of an unknown authority
 */
export function requestKubernetes(
  { server, ca, certificate, key, token }: Credentials,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Answer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return new Promise((resolve, reject) => {
    const call = request(
      `${server}${path}`,
      {
        method,
        ca,
        cert: certificate,
        key,
        agent: false,
        timeout: 30_000,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({
            status: response.statusCode ?? 0,
            text,
            object: () => JSON.parse(text) as KubernetesObject,
          });
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error(`${method} ${path} was not answered in time.`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
