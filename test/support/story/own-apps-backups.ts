import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmNode } from '../vm/node.ts';
import { kubectl } from './cluster.ts';
import { type Preparation, preparedClusterTarget } from './cluster-target.ts';
import { CLUSTER_TARGET } from './frozen-cluster.ts';
import { APPS, startApps, VOLUME_PATH } from './own-apps.ts';

const wave = (number: number) => ({ 'lca.openshift.io/apply-wave': String(number) });
const velero = (kind: string, name: string, annotations: object, spec: object) => ({
  apiVersion: 'velero.io/v1',
  kind,
  metadata: { name, namespace: 'openshift-adp', annotations },
  spec,
});

/** Restores in the order of their waves, which is neither that of their names nor that of the Backups. */
export const RESTORES = ['z-types-back', 'm-volume-back', 'a-apps-back'] as const;

const CONTENT = {
  'backups.yaml': [
    velero(
      'Backup',
      'types',
      {
        ...wave(2),
        'lca.openshift.io/apply-label':
          'apiextensions.k8s.io/v1/customresourcedefinitions/gauges.example.org',
      },
      {},
    ),
    velero(
      'Backup',
      'volume',
      { ...wave(3), 'lca.openshift.io/host-paths': VOLUME_PATH },
      { includedResources: ['persistentvolumes'] },
    ),
    velero('Backup', 'apps', wave(1), { includedNamespaces: [APPS] }),
  ],
  'restores.yaml': [
    velero('Restore', 'a-apps-back', wave(3), { backupName: 'apps' }),
    velero('Restore', 'm-volume-back', wave(2), { backupName: 'volume' }),
    velero('Restore', 'z-types-back', wave(-1), { backupName: 'types' }),
  ],
};
const MANIFEST = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'for-the-new-version', namespace: 'default' },
  data: { colour: 'green' },
};

/** A ConfigMap for kubectl; documents of a key stand one below the other. */
export function configMap(name: string, data: Readonly<Record<string, readonly object[]>>): string {
  const texts = Object.entries(data).map(([key, documents]) => [
    key,
    documents.map((one) => JSON.stringify(one)).join('\n---\n'),
  ]);
  const metadata = { name, namespace: 'default' };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Object.fromEntries(texts) });
}

/** Asks through the resource, as an operator of the cluster does. */
export async function ask(node: VmNode, spec: object): Promise<void> {
  await kubectl(node, `patch imagebasedupgrade upgrade --type=merge --patch='${JSON.stringify({ spec })}'`);
}

const WITH_BACKUPS: Omit<Preparation, 'key'> = {
  kind: 'cluster-target-with-backups',
  async dress(node) {
    await startApps(node, CLUSTER_TARGET.name);
    await kubectl(node, 'apply -f -', configMap('backups', CONTENT));
    await kubectl(node, 'apply -f -', configMap('manifests', { 'manifest.yaml': [MANIFEST] }));
  },
  async request(node) {
    await ask(node, {
      stage: 'Prep',
      oadpContent: [{ name: 'backups', namespace: 'default' }],
      extraManifests: [{ name: 'manifests', namespace: 'default' }],
    });
  },
};

/** A target with apps of its own, backups of which the request asks for, and Prep completed: frozen. */
export async function preparedWithBackups(log: string): Promise<VmNode> {
  const sources = ['own-apps.ts', 'own-apps-backups.ts'].map((file) =>
    readFile(join(import.meta.dirname, file), 'utf8'),
  );
  const key = (await Promise.all(sources)).join('');
  return preparedClusterTarget(log, { ...WITH_BACKUPS, key });
}
