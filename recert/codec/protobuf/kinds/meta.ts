import { list, type MessageShape, map, one } from './shape.ts';

/** Field numbers of k8s.io/apimachinery meta/v1 (its generated.proto). */
export const META: Readonly<Record<string, MessageShape>> = {
  ObjectMeta: {
    name: one(1),
    generateName: one(2),
    namespace: one(3),
    selfLink: one(4),
    uid: one(5),
    resourceVersion: one(6),
    generation: one(7, 'other'),
    creationTimestamp: one(8, 'Time'),
    deletionTimestamp: one(9, 'Time'),
    deletionGracePeriodSeconds: one(10, 'other'),
    labels: map(11),
    annotations: map(12),
    ownerReferences: list(13, 'OwnerReference'),
    finalizers: list(14),
    managedFields: list(17, 'ManagedFieldsEntry'),
  },
  OwnerReference: {
    kind: one(1),
    name: one(3),
    uid: one(4),
    apiVersion: one(5),
    controller: one(6, 'other'),
    blockOwnerDeletion: one(7, 'other'),
  },
  ManagedFieldsEntry: {
    manager: one(1),
    operation: one(2),
    apiVersion: one(3),
    time: one(4, 'Time'),
    fieldsType: one(6),
    fieldsV1: one(7, 'FieldsV1'),
    subresource: one(8),
  },
  /** `raw` holds JSON text; in JSON it is that JSON itself. */
  FieldsV1: { raw: one(1, 'bytes') },
  Time: { seconds: one(1, 'other'), nanos: one(2, 'other') },
  LabelSelector: { matchLabels: map(1), matchExpressions: list(2, 'LabelSelectorRequirement') },
  LabelSelectorRequirement: { key: one(1), operator: one(2), values: list(3) },
};
