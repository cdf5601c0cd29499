import type { LensStep } from '../codec/nested/index.ts';
import { latin1 } from '../codec/text.ts';
import type { Claim } from '../inventory/inventory.ts';
import { parseEtcdKey } from './etcd-key.ts';

/**
 * Fields that hold the cluster's own crypto, per resource: the beginning of the path in protobuf (field numbers, any
 * index and map key as `*`) and of the pointer in JSON and CBOR.
 */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  secrets: ['raw.2{*}', '/data/'],
  configmaps: ['raw.2{*}', 'raw.3{*}', '/data/', '/binaryData/'],
  validatingwebhookconfigurations: ['raw.2[*].2.2', '/webhooks/*/clientConfig/caBundle'],
  mutatingwebhookconfigurations: ['raw.2[*].2.2', '/webhooks/*/clientConfig/caBundle'],
  certificatesigningrequests: ['raw.2.1', 'raw.3.2', '/spec/request', '/status/certificate'],
  routes: ['raw.2.6', '/spec/tls/'],
  'route.openshift.io/routes': ['raw.2.6', '/spec/tls/'],
  'apiregistration.k8s.io/apiservices': ['raw.2.5', '/spec/caBundle'],
  'apiextensions.k8s.io/customresourcedefinitions': [
    '/spec/conversion/webhook/clientConfig/caBundle',
    '/spec/conversion/webhookClientConfig/caBundle',
  ],
  'machineconfiguration.openshift.io/machineconfigs': ['/spec/config/'],
  'machineconfiguration.openshift.io/controllerconfigs': ['/spec/'],
};

/** Annotations of any object: tokens (`openshift.io/token-secret.value`) and last-applied copies. */
const ANNOTATIONS = ['raw.1.12{*}', '/metadata/annotations/'];

/** Data keys never looked at: archives, other parties' keys, and keys that are no key pairs. */
const SKIPPED: Readonly<Record<string, readonly string[]>> = {
  secrets: [
    'prometheus.yaml.gz',
    'alertmanager.yaml.gz',
    'entitlement.pem',
    'entitlement-key.pem',
    'encryption.apiserver.operator.openshift.io-key',
  ],
  configmaps: ['verifier-public-key-redhat'],
};

/** How a place in an etcd value counts. */
export function claimOfEtcd(key: string, steps: readonly LensStep[]): Claim {
  const resource = parseEtcdKey(key)?.resource;
  if (resource === undefined) return 'swept';
  const at = steps[0]?.at;
  // All of a value, which cannot be read: it may have held the cluster's crypto.
  if (at === undefined) return FIELDS[resource] === undefined ? 'swept' : 'claimed';
  const name = `${resource} ${at}`;
  let claim = claims.get(name);
  if (claim === undefined) {
    claim = claimOfField(resource, at);
    if (claims.size >= MOST_CLAIMS) claims.clear();
    claims.set(name, claim);
  }
  return claim;
}

/** Few fields hold crypto, and each of them in many objects. */
const claims = new Map<string, Claim>();
const MOST_CLAIMS = 1000;

function claimOfField(resource: string, at: string): Claim {
  if (
    SKIPPED[resource]?.some(
      (name) => at.includes(`{${name}}`) || at.includes(`{"${name}"}`) || at === `/data/${name}`,
    )
  ) {
    return 'skipped';
  }
  const path = at
    .replaceAll(/\[\d+\]/g, '[*]')
    .replaceAll(/\{(?:"(?:[^"\\]|\\.)*"|[^}]*)\}/g, '{*}')
    .replaceAll(/\/\d+(?=\/|$)/g, '/*');
  const fields = [...ANNOTATIONS, ...(FIELDS[resource] ?? [])];
  return fields.some((field) => isAtOrBelow(path, field)) ? 'claimed' : 'swept';
}

/** Bare `2` and `2[*]` name the same field. */
function isAtOrBelow(path: string, field: string): boolean {
  const plain = path.replaceAll('[*]', '');
  const start = field.replaceAll('[*]', '');
  return (
    plain === start ||
    (plain.startsWith(start) && /^[.[{/]/.test(start.endsWith('/') ? '/' : plain.slice(start.length)))
  );
}

/** Upstream's file patterns. */
const FILE_PATTERNS = [
  /\.(pem|crt|key|pub|csr)(\.mcdorig)?$/,
  /^currentconfig$/,
  /^mcs-machine-config-content\.json$/,
  /kubeconfig$/i,
  /^token$/,
];

/** The kind of a kubeconfig, in YAML and in JSON. */
const KUBECONFIG = /^kind:\s*["']?Config["']?\s*$|"kind"\s*:\s*"Config"/m;

/** How a file counts that was found below a crypto directory: by its name, or as a kubeconfig of whatever name. */
export function claimOfFile(path: string, content: Uint8Array): Claim {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (FILE_PATTERNS.some((pattern) => pattern.test(name))) return 'claimed';
  return KUBECONFIG.test(latin1(content)) ? 'claimed' : 'swept';
}

/**
 * Whether a fault at a place stops the run: places of the cluster itself do, other people's objects (namespaces that
 * are not the platform's) only warn.
 */
export function isPlatform(origin: 'etcd' | 'file', name: string): boolean {
  if (origin === 'file') return true;
  const namespace = parseEtcdKey(name)?.namespace;
  return namespace === undefined || /^(kube|openshift)(-|$)/.test(namespace);
}
