import { CORE } from './core.ts';
import { META } from './meta.ts';
import { OPENSHIFT } from './openshift.ts';
import { PLATFORM } from './platform.ts';
import type { MessageShape } from './shape.ts';
import { WORKLOADS } from './workloads.ts';

export { type FieldShape, type FieldType, INLINE, type MessageShape } from './shape.ts';

const MESSAGES: Readonly<Record<string, MessageShape>> = {
  ...META,
  ...CORE,
  ...WORKLOADS,
  ...PLATFORM,
  ...OPENSHIFT,
};

/** Kinds by API group; the numbers are the same in all versions of a group that etcd may hold. */
const KINDS_OF_GROUP: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Secret',
    'ConfigMap',
    'ServiceAccount',
    'Namespace',
    'Node',
    'Event',
    'Service',
    'Endpoints',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
  ],
  apps: ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ControllerRevision'],
  batch: ['Job', 'CronJob'],
  'admissionregistration.k8s.io': ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  'apiregistration.k8s.io': ['APIService'],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
  'coordination.k8s.io': ['Lease'],
  'discovery.k8s.io': ['EndpointSlice'],
  'storage.k8s.io': ['CSINode', 'VolumeAttachment'],
  'route.openshift.io': ['Route'],
  'oauth.openshift.io': ['OAuthClient', 'OAuthAccessToken', 'OAuthAuthorizeToken'],
};

/** The message of a kind; undefined where there is no table, which is no reason not to keep its bytes. */
export function messageOfKind(apiVersion: string, kind: string): MessageShape | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  return KINDS_OF_GROUP[group]?.includes(kind) === true ? MESSAGES[kind] : undefined;
}

/** The message a field's type names; undefined for texts, bytes and the rest. */
export function messageOfType(type: string): MessageShape | undefined {
  return MESSAGES[type];
}
