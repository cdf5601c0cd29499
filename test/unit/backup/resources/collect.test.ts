import test from 'ava';
import { Collector } from '../../../../bootagent/backup/resources/collect.ts';
import { parseYaml } from '../../../../core/contract/source.ts';
import { parseBackup } from '../../../../core/contract/velero/backup.ts';
import type { ServedType } from '../../../../core/tools/kubernetes/discovery.ts';
import { smallApi } from '../../../support/plain-api.ts';

const VERBS = ['create', 'delete', 'get', 'list'];
const CRD: ServedType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  group: 'apiextensions.k8s.io',
  version: 'v1',
  verbs: VERBS,
  aliases: ['crd'],
};
const WIDGET: ServedType = {
  apiVersion: 'example.org/v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  group: 'example.org',
  version: 'v1',
  verbs: VERBS,
  aliases: ['widget'],
};

test('The definition of a custom resource comes along, unless no cluster-scoped resource may', async (t) => {
  const { client } = await smallApi(t);
  await client.create(CRD, { ...CRD, metadata: { name: 'widgets.example.org' } });
  // as the list over all namespaces has it
  await client.create(
    { ...WIDGET, namespaced: false },
    { ...WIDGET, metadata: { name: 'w', namespace: 'a' } },
  );
  const collected = async (spec: object) => {
    const source = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' }, spec };
    const errors: string[] = [];
    const collector = new Collector(
      {
        client,
        types: [CRD, WIDGET],
        signal: new AbortController().signal,
        onError: (text) => errors.push(text),
      },
      parseBackup(parseYaml('b', JSON.stringify(source))).spec,
    );
    const items = await Array.fromAsync(collector.collect());
    t.deepEqual(errors, []);
    return items.map(({ resource }) => resource.split('.')[0]);
  };
  t.deepEqual(await collected({ includedNamespaceScopedResources: ['widgets'] }), [
    'widgets',
    'customresourcedefinitions',
  ]);
  t.deepEqual(await collected({ excludedClusterScopedResources: ['*'] }), ['widgets']);
  t.deepEqual(await collected({ includeClusterResources: false }), ['widgets']);
});
