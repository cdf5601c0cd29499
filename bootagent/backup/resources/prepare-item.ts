import { createHash } from 'node:crypto';
import { isJson, type Json, listAt, mappingAt, removeAt, textAt } from './json.ts';
import { prepareService } from './prepare-service.ts';

/** What a Restore says that changes items. */
export interface ItemContext {
  readonly namespaceMapping: Readonly<Record<string, string>>;
  readonly preserveNodePorts: boolean;
  readonly backupName: string;
  readonly restoreName: string;
  /** Names of persistent volumes that are provisioned anew: claims on them forget the old one. */
  readonly provisionedAnew: ReadonlySet<string>;
}

/** An item as it is to be created, or why it is left out. */
export type PreparedItem = { readonly item: Json } | { readonly leftOut: string };

const KEPT_METADATA = ['name', 'namespace', 'labels', 'annotations', 'finalizers'] as const;
const CLAIM_ANNOTATIONS = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
  'velero.io/volume-snapshot-name',
  'velero.io/data-upload-name',
] as const;
const LONGEST_LABEL = 63;

/**
 * The item without what belongs to the cluster it came from: identity, owners, status; managed fields too, which are
 * put back after it has been created (backup-restore.md 3.8).
 */
export function stripped(archived: Json): Json {
  const item = structuredClone(archived);
  const metadata = mappingAt(item, 'metadata') ?? {};
  item['metadata'] = Object.fromEntries(
    KEPT_METADATA.filter((key) => key in metadata).map((key) => [key, metadata[key]]),
  );
  delete item['status'];
  return item;
}

/** Applies the rules of an item's kind, the mapping of namespaces, and the two labels (3.8, 3.9). */
export function prepareItem(resource: string, archived: Json, context: ItemContext): PreparedItem {
  const leftOut = whyLeftOut(resource, archived, context);
  if (leftOut !== undefined) return { leftOut };
  const item = stripped(archived);
  RULES[resource]?.(item, context, archived);
  const metadata = mappingAt(item, 'metadata') ?? {};
  const namespace = textAt(metadata, 'namespace');
  if (namespace !== '') metadata['namespace'] = context.namespaceMapping[namespace] ?? namespace;
  metadata['labels'] = { ...mappingAt(metadata, 'labels'), ...ownLabels(context) };
  return { item };
}

/** The labels by which what a restore has made is known. */
export function ownLabels({ backupName, restoreName }: Pick<ItemContext, 'backupName' | 'restoreName'>) {
  return {
    'velero.io/backup-name': labelValue(backupName),
    'velero.io/restore-name': labelValue(restoreName),
  };
}

/** A name as a label's value: cut, with a part of its digest, where it is too long. */
export function labelValue(name: string): string {
  if (name.length <= LONGEST_LABEL) return name;
  return name.slice(0, LONGEST_LABEL - 6) + createHash('sha256').update(name).digest('hex').slice(0, 6);
}

function whyLeftOut(resource: string, item: Json, { provisionedAnew }: ItemContext): string | undefined {
  const annotations = mappingAt(item, 'metadata', 'annotations') ?? {};
  const name = textAt(item, 'metadata', 'name');
  switch (resource) {
    case 'jobs.batch':
      return textAt(item, 'status', 'completionTime') === '' ? undefined : 'the job has completed';
    case 'pods':
      if (['Succeeded', 'Failed'].includes(textAt(item, 'status', 'phase'))) return 'the pod has ended';
      return 'kubernetes.io/config.mirror' in annotations ? 'the pod mirrors a static one' : undefined;
    case 'persistentvolumes':
      return provisionedAnew.has(name) ? 'its reclaim policy is Delete: it is provisioned anew' : undefined;
    case 'secrets': {
      if (textAt(item, 'type') !== 'kubernetes.io/service-account-token') return undefined;
      const account = textAt(annotations, 'kubernetes.io/service-account.name');
      return name.startsWith(`${account}-token-`) ? 'the token is made by the cluster' : undefined;
    }
    case 'apiservices.apiregistration.k8s.io':
      return 'kube-aggregator.kubernetes.io/automanaged' in (mappingAt(item, 'metadata', 'labels') ?? {})
        ? 'it is managed by the API server'
        : undefined;
    default:
      return undefined;
  }
}

type Rule = (item: Json, context: ItemContext, archived: Json) => void;

const RULES: Readonly<Record<string, Rule>> = {
  services: prepareService,
  pods: preparePod,
  'jobs.batch': (item) => {
    for (const path of [
      ['spec', 'selector', 'matchLabels'],
      ['spec', 'template', 'metadata', 'labels'],
    ]) {
      for (const label of ['controller-uid', 'batch.kubernetes.io/controller-uid'])
        removeAt(item, ...path, label);
    }
  },
  serviceaccounts: (item) => {
    const prefix = `${textAt(item, 'metadata', 'name')}-token-`;
    if (!Array.isArray(item['secrets'])) return;
    item['secrets'] = listAt(item, 'secrets').filter((secret) => !textAt(secret, 'name').startsWith(prefix));
  },
  secrets: (item) => {
    if (textAt(item, 'type') !== 'kubernetes.io/service-account-token') return;
    removeAt(item, 'metadata', 'annotations', 'kubernetes.io/service-account.uid');
    for (const key of ['token', 'ca.crt']) removeAt(item, 'data', key);
  },
  'clusterrolebindings.rbac.authorization.k8s.io': mapSubjects,
  'rolebindings.rbac.authorization.k8s.io': mapSubjects,
  persistentvolumeclaims: (item, { provisionedAnew }) => {
    for (const annotation of CLAIM_ANNOTATIONS) removeAt(item, 'metadata', 'annotations', annotation);
    if (provisionedAnew.has(textAt(item, 'spec', 'volumeName'))) removeAt(item, 'spec', 'volumeName');
  },
  persistentvolumes: (item, { namespaceMapping }) => {
    for (const annotation of ['pv.kubernetes.io/bound-by-controller', 'pv.kubernetes.io/bind-completed'])
      removeAt(item, 'metadata', 'annotations', annotation);
    const claim = mappingAt(item, 'spec', 'claimRef');
    if (claim === undefined) return;
    delete claim['uid'];
    delete claim['resourceVersion'];
    const namespace = textAt(claim, 'namespace');
    claim['namespace'] = namespaceMapping[namespace] ?? namespace;
  },
  'customresourcedefinitions.apiextensions.k8s.io': (item) => {
    const spec = mappingAt(item, 'spec');
    if (spec?.['preserveUnknownFields'] !== true) return;
    spec['preserveUnknownFields'] = false;
    for (const version of listAt(spec, 'versions')) {
      const schema = mappingAt(version, 'schema', 'openAPIV3Schema');
      if (schema !== undefined) schema['x-kubernetes-preserve-unknown-fields'] = true;
    }
  },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': calmWebhooks,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': calmWebhooks,
};

function preparePod(item: Json): void {
  const spec = mappingAt(item, 'spec');
  if (spec === undefined) return;
  delete spec['nodeName'];
  delete spec['priority'];
  const token = `${textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount')}-token-`;
  const without = (holder: Json, key: string): void => {
    if (Array.isArray(holder[key]))
      holder[key] = listAt(holder, key).filter((entry) => !textAt(entry, 'name').startsWith(token));
  };
  if (token === '-token-') return;
  without(spec, 'volumes');
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')])
    without(container, 'volumeMounts');
}

function mapSubjects(item: Json, { namespaceMapping }: ItemContext): void {
  for (const subject of listAt(item, 'subjects')) {
    const namespace = subject['namespace'];
    if (typeof namespace === 'string') subject['namespace'] = namespaceMapping[namespace] ?? namespace;
  }
}

function calmWebhooks(item: Json): void {
  for (const webhook of listAt(item, 'webhooks')) {
    if (isJson(webhook) && !['None', 'NoneOnDryRun'].includes(textAt(webhook, 'sideEffects')))
      webhook['sideEffects'] = 'None';
  }
}
