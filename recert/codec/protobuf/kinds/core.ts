import { INLINE, list, type MessageShape, map, one } from './shape.ts';

/** Field numbers of k8s.io/api core/v1 but for pods (its generated.proto). */
export const CORE: Readonly<Record<string, MessageShape>> = {
  Secret: {
    metadata: one(1, 'ObjectMeta'),
    data: map(2, 'bytes'),
    type: one(3),
    stringData: map(4),
    immutable: one(5, 'other'),
  },
  ConfigMap: {
    metadata: one(1, 'ObjectMeta'),
    data: map(2),
    binaryData: map(3, 'bytes'),
    immutable: one(4, 'other'),
  },
  ServiceAccount: {
    metadata: one(1, 'ObjectMeta'),
    secrets: list(2, 'ObjectReference'),
    imagePullSecrets: list(3, 'LocalObjectReference'),
  },
  Namespace: { metadata: one(1, 'ObjectMeta') },
  ObjectReference: {
    kind: one(1),
    namespace: one(2),
    name: one(3),
    uid: one(4),
    apiVersion: one(5),
    resourceVersion: one(6),
    fieldPath: one(7),
  },
  LocalObjectReference: { name: one(1) },

  Node: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'NodeSpec'), status: one(3, 'NodeStatus') },
  NodeSpec: { podCIDR: one(1), externalID: one(2), providerID: one(3), podCIDRs: list(7) },
  NodeStatus: { addresses: list(5, 'NodeAddress') },
  NodeAddress: { type: one(1), address: one(2) },

  Event: {
    metadata: one(1, 'ObjectMeta'),
    involvedObject: one(2, 'ObjectReference'),
    reason: one(3),
    message: one(4),
    source: one(5, 'EventSource'),
    reportingInstance: one(15),
  },
  EventSource: { component: one(1), host: one(2) },

  Service: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'ServiceSpec') },
  ServiceSpec: {
    selector: map(2),
    clusterIP: one(3),
    type: one(4),
    externalIPs: list(5),
    loadBalancerIP: one(8),
    externalName: one(10),
    clusterIPs: list(18),
  },

  Endpoints: { metadata: one(1, 'ObjectMeta'), subsets: list(2, 'EndpointSubset') },
  EndpointSubset: { addresses: list(1, 'EndpointAddress'), notReadyAddresses: list(2, 'EndpointAddress') },
  EndpointAddress: { ip: one(1), targetRef: one(2, 'ObjectReference'), hostname: one(3), nodeName: one(4) },

  PersistentVolume: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'PersistentVolumeSpec') },
  PersistentVolumeSpec: {
    [INLINE]: one(2, 'PersistentVolumeSource'),
    claimRef: one(4, 'ObjectReference'),
    storageClassName: one(6),
    nodeAffinity: one(9, 'VolumeNodeAffinity'),
  },
  PersistentVolumeSource: {
    hostPath: one(3, 'HostPathVolumeSource'),
    nfs: one(5, 'NFSVolumeSource'),
    local: one(20, 'LocalVolumeSource'),
    csi: one(22, 'CSIPersistentVolumeSource'),
  },
  HostPathVolumeSource: { path: one(1) },
  NFSVolumeSource: { server: one(1), path: one(2) },
  LocalVolumeSource: { path: one(1) },
  CSIPersistentVolumeSource: { driver: one(1), volumeHandle: one(2), volumeAttributes: map(5) },
  VolumeNodeAffinity: { required: one(1, 'NodeSelector') },
  NodeSelector: { nodeSelectorTerms: list(1, 'NodeSelectorTerm') },
  NodeSelectorTerm: {
    matchExpressions: list(1, 'NodeSelectorRequirement'),
    matchFields: list(2, 'NodeSelectorRequirement'),
  },
  NodeSelectorRequirement: { key: one(1), operator: one(2), values: list(3) },
  PersistentVolumeClaim: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'PersistentVolumeClaimSpec') },
  PersistentVolumeClaimSpec: {
    volumeName: one(3),
    selector: one(4, 'LabelSelector'),
    storageClassName: one(5),
  },
};
