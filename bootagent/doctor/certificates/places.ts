import type { Host } from '../../../core/host/host.ts';

/**
 * - `current`: what the node or its cluster shows to others now. It is renewed while its system runs, and not while
 *   another one is booted: past its end, a node that has gone back has lost its cluster.
 * - `revisions`: the same, with earlier revisions beside it, which may have ended long ago
 * - `self-made`: what the node has made for itself and nobody renews. Those who talk to it do not look at its end, and
 *   one that ended long ago has kept no node from anything.
 * - `trust`: what the node believes. Ended ones are passed over: nothing that works now rests on them.
 */
export type PlaceKind = 'current' | 'revisions' | 'self-made' | 'trust';

/** Files in which certificates lie. */
export interface CertificatePlace {
  readonly directory: string;
  /** File names in it that are looked at. */
  readonly names: RegExp;
  readonly kind: PlaceKind;
  /** Whether directories below are looked at too. */
  readonly deep: boolean;
  /** How certificates of this place are renewed. */
  readonly remedy: (path: string) => string;
}

const replace = (path: string) =>
  `Put one that is valid for longer into ${path}. When it ends is told by: openssl x509 -noout -enddate -in ${path}`;
const kubeadm = () =>
  'Run: kubeadm certs renew all\nThen restart the control plane, which reads them at its start.';
const selfMade = (path: string) =>
  `The kubelet made it itself at its first start, and makes another when it is gone; if --tls-cert-file names it, put one that is valid for longer there instead. Run: rm --force ${path} ${path.replace(/\.crt$/, '.key')} && systemctl restart kubelet.service`;

/** Where lca looks for certificates; `doctor.md` lists them. */
export const CERTIFICATE_PLACES: readonly CertificatePlace[] = [
  {
    directory: '/var/lib/kubelet/pki',
    // rotated ones stay beside the current one
    names: /^kubelet-(client|server)-current\.pem$/,
    kind: 'current',
    deep: false,
    remedy: () =>
      'kubelet asks for a new one by itself; see with "kubectl get csr" whether its request waits, and approve it with "kubectl certificate approve NAME".',
  },
  {
    // for a year, without serverTLSBootstrap; used as long as it can be read, whatever its end
    directory: '/var/lib/kubelet/pki',
    names: /^kubelet\.crt$/,
    kind: 'self-made',
    deep: false,
    remedy: selfMade,
  },
  { directory: '/etc/kubernetes/pki', names: /\.(crt|pem)$/, kind: 'current', deep: true, remedy: kubeadm },
  {
    directory: '/etc/kubernetes',
    names: /\.conf$|^kubeconfig$/,
    kind: 'current',
    deep: false,
    remedy: kubeadm,
  },
  {
    directory: '/etc/kubernetes/static-pod-resources',
    names: /\.(crt|pem|kubeconfig)$|^kubeconfig$/,
    kind: 'revisions',
    deep: true,
    remedy: () => 'Its operator renews it by itself; see with "oc get clusteroperators" which one does not.',
  },
  {
    directory: '/var/lib/microshift/certs',
    names: /\.(crt|pem)$/,
    kind: 'current',
    deep: true,
    remedy: () => 'Run: systemctl restart microshift.service',
  },
  {
    directory: '/etc/containers/certs.d',
    names: /\.(crt|cert)$/,
    kind: 'trust',
    deep: true,
    remedy: replace,
  },
  { directory: '/etc/docker/certs.d', names: /\.(crt|cert)$/, kind: 'trust', deep: true, remedy: replace },
  {
    directory: '/etc/pki/ca-trust/source/anchors',
    names: /./,
    kind: 'trust',
    deep: false,
    remedy: replace,
  },
  {
    directory: '/usr/local/share/ca-certificates',
    names: /\.crt$/,
    kind: 'trust',
    deep: true,
    remedy: replace,
  },
];

const CONNECTIONS = '/etc/NetworkManager/system-connections';
const MOST_FILES = 5_000;
const MOST_DEPTH = 8;

/** Files of a place, in order. Links to directories are not followed. */
export async function filesOf(host: Host, place: CertificatePlace): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (directory: string, depth: number): Promise<void> => {
    for (const name of await host.list(directory)) {
      const path = `${directory}/${name}`;
      const type = (await host.stat(path))?.type;
      if (type === 'directory') {
        if (place.deep && depth < MOST_DEPTH) await visit(path, depth + 1);
      } else if (place.names.test(name) && found.length < MOST_FILES) found.push(path);
    }
  };
  await visit(place.directory, 0);
  return found;
}

/** Certificates with which connections prove themselves to the network (802.1X): files named in keyfiles. */
export async function networkCertificates(host: Host): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of await host.list(CONNECTIONS)) {
    const text = (await host.readText(`${CONNECTIONS}/${name}`)) ?? '';
    for (const [, path] of text.matchAll(/^(?:client-cert|ca-cert)=(?:file:\/\/)?(\/\S+)$/gm))
      found.add(path as string);
  }
  return [...found];
}

/** How a certificate of a connection is renewed. */
export const NETWORK_CERTIFICATE_REMEDY = replace;
