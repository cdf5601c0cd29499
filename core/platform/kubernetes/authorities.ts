import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { RetainedSigner, SignerRole } from '../cluster.ts';
import { type Component, componentOf, readControlPlane } from './control-plane.ts';
import { readKubelet } from './kubelet.ts';

const CERTIFICATE = /\.(crt|pem|cert)$/;
const MOST_BYTES = 64 * 1024;

/** An authority that the site's kubeconfigs depend on. */
export interface Authority {
  readonly roles: readonly SignerRole[];
  readonly commonName: string | undefined;
  readonly certificatePath: string;
  /** Undefined where none of the keys on the node fits its certificate. */
  readonly keyPath: string | undefined;
}

/** The authorities of a cluster, and what they were found by. */
export interface FoundAuthorities {
  readonly authorities: readonly Authority[];
  /** The API server's own certificate. */
  readonly serving: { readonly path: string; readonly certificate: X509Certificate } | undefined;
  /** The certificates that the API server accepts clients by. */
  readonly clientCa: string | undefined;
}

/**
 * The authority that signed the API server's certificate, and the one that it accepts clients by.
 *
 * @param known the control plane, where it has been read already
 */
export async function findAuthorities(host: Host, known?: readonly Component[]): Promise<FoundAuthorities> {
  const components = known ?? (await readControlPlane(host, (await readKubelet(host)).manifests));
  const { flags } = componentOf(components, 'kube-apiserver');
  const manager = components.find(({ name }) => name === 'kube-controller-manager');
  const signingKey = manager?.flags.get('cluster-signing-key-file');
  const clientCa = flags.get('client-ca-file');
  const servingPath = flags.get('tls-cert-file');
  const serving = servingPath === undefined ? undefined : await certificateAt(host, servingPath);
  const found = new Map<string, Authority>(); // one by its fingerprint, however many copies there are
  for (const path of await candidates(host, clientCa, servingPath)) {
    const certificate = await certificateAt(host, path);
    if (certificate === undefined || !certificate.ca) continue;
    const signedServing = serving?.checkIssued(certificate) === true && serving.verify(certificate.publicKey);
    const before = found.get(certificate.fingerprint256);
    const roles: SignerRole[] = [
      ...(signedServing ? (['server'] as const) : []),
      ...(path === clientCa || before?.roles.includes('clients') ? (['clients'] as const) : []),
    ];
    if (roles.length === 0) continue;
    found.set(certificate.fingerprint256, {
      roles,
      commonName: /^CN=(.+)$/m.exec(certificate.subject)?.[1],
      certificatePath: before?.certificatePath ?? path,
      keyPath: before?.keyPath ?? (await keyOf(host, path, certificate, signingKey)),
    });
  }
  return {
    authorities: [...found.values()],
    serving:
      servingPath === undefined || serving === undefined
        ? undefined
        : { path: servingPath, certificate: serving },
    clientCa,
  };
}

/** The authorities on which the site's kubeconfigs depend, as far as their private keys are on this node. */
export async function readRetainedSigners(
  host: Host,
  known?: readonly Component[],
): Promise<readonly RetainedSigner[]> {
  const { authorities } = await findAuthorities(host, known);
  return authorities.flatMap(({ roles, commonName, certificatePath, keyPath }) =>
    commonName === undefined || keyPath === undefined
      ? []
      : [{ roles, commonName, certificatePath, keyPath }],
  );
}

async function candidates(
  host: Host,
  clientCa: string | undefined,
  serving: string | undefined,
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>(clientCa === undefined ? [] : [clientCa]);
  for (const path of [clientCa, serving]) {
    if (path === undefined) continue;
    for (const name of await host.list(dirname(path)))
      if (CERTIFICATE.test(name)) paths.add(`${dirname(path)}/${name}`);
  }
  return paths;
}

/**
 * The private key of an authority, proved by its public one: kubeadm, cfssl and others call it differently.
 *
 * @param signingKey what the controller manager signs with
 */
async function keyOf(
  host: Host,
  certificatePath: string,
  certificate: X509Certificate,
  signingKey: string | undefined,
): Promise<string | undefined> {
  const directory = dirname(certificatePath);
  const stem = certificatePath.replace(CERTIFICATE, '');
  const likely = [...(signingKey === undefined ? [] : [signingKey]), `${stem}.key`, `${stem}-key.pem`];
  const others = (await host.list(directory)).map((name) => `${directory}/${name}`);
  for (const path of new Set([...likely, ...others])) if (await isKeyOf(host, path, certificate)) return path;
  return undefined;
}

async function isKeyOf(host: Host, path: string, certificate: X509Certificate): Promise<boolean> {
  const stat = await host.stat(path);
  if (stat === undefined || stat.size > MOST_BYTES) return false;
  try {
    const text = (await host.readText(path)) ?? '';
    return text.includes('PRIVATE KEY-----') && certificate.checkPrivateKey(createPrivateKey(text));
  } catch {
    return false; // a directory, or a key that nobody can use without its password
  }
}

/** The first certificate of a file; undefined if there is none. */
async function certificateAt(host: Host, path: string): Promise<X509Certificate | undefined> {
  try {
    const bytes = await host.readBytes(path);
    return bytes === undefined ? undefined : new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}
