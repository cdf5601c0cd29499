import { list, type MessageShape, map, one } from './shape.ts';

/**
 * Field numbers of the remaining groups: admissionregistration, apiregistration, apiextensions, certificates,
 * coordination, discovery, storage. APIService and CustomResourceDefinition are stored as JSON; their numbers serve a
 * server that one day would not.
 */
export const PLATFORM: Readonly<Record<string, MessageShape>> = {
  MutatingWebhookConfiguration: { metadata: one(1, 'ObjectMeta'), webhooks: list(2, 'Webhook') },
  ValidatingWebhookConfiguration: { metadata: one(1, 'ObjectMeta'), webhooks: list(2, 'Webhook') },
  Webhook: { name: one(1), clientConfig: one(2, 'WebhookClientConfig') },
  WebhookClientConfig: { service: one(1, 'ServiceReference'), caBundle: one(2, 'bytes'), url: one(3) },
  ServiceReference: { namespace: one(1), name: one(2), path: one(3) },

  APIService: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'APIServiceSpec') },
  APIServiceSpec: {
    service: one(1, 'ServiceReference'),
    group: one(2),
    version: one(3),
    caBundle: one(5, 'bytes'),
  },

  CustomResourceDefinition: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'CustomResourceDefinitionSpec') },
  CustomResourceDefinitionSpec: {
    group: one(1),
    scope: one(4),
    conversion: one(9, 'CustomResourceConversion'),
  },
  /** `webhook` in v1; `webhookClientConfig` in v1beta1, the version definitions were long stored in. */
  CustomResourceConversion: {
    strategy: one(1),
    webhook: one(2, 'WebhookConversion'),
    webhookClientConfig: one(2, 'WebhookClientConfig'),
  },
  WebhookConversion: { clientConfig: one(2, 'WebhookClientConfig'), conversionReviewVersions: list(3) },

  CertificateSigningRequest: {
    metadata: one(1, 'ObjectMeta'),
    spec: one(2, 'CertificateSigningRequestSpec'),
    status: one(3, 'CertificateSigningRequestStatus'),
  },
  CertificateSigningRequestSpec: {
    request: one(1, 'bytes'),
    username: one(2),
    uid: one(3),
    groups: list(4),
    usages: list(5),
    signerName: one(7),
    expirationSeconds: one(8, 'other'),
  },
  CertificateSigningRequestStatus: { conditions: list(1, 'other'), certificate: one(2, 'bytes') },
  ClusterTrustBundle: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'ClusterTrustBundleSpec') },
  ClusterTrustBundleSpec: { signerName: one(1), trustBundle: one(2) },

  Lease: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'LeaseSpec') },
  LeaseSpec: {
    holderIdentity: one(1),
    leaseDurationSeconds: one(2, 'other'),
    leaseTransitions: one(5, 'other'),
  },

  EndpointSlice: { metadata: one(1, 'ObjectMeta'), endpoints: list(2, 'Endpoint'), addressType: one(4) },
  Endpoint: {
    addresses: list(1),
    hostname: one(3),
    targetRef: one(4, 'ObjectReference'),
    deprecatedTopology: map(5),
    nodeName: one(6),
    zone: one(7),
  },

  CSINode: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'CSINodeSpec') },
  CSINodeSpec: { drivers: list(1, 'CSINodeDriver') },
  CSINodeDriver: { name: one(1), nodeID: one(2), topologyKeys: list(3) },
  VolumeAttachment: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'VolumeAttachmentSpec') },
  VolumeAttachmentSpec: { attacher: one(1), source: one(2, 'VolumeAttachmentSource'), nodeName: one(3) },
  VolumeAttachmentSource: { persistentVolumeName: one(1) },
};
