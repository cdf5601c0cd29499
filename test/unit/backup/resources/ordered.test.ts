import test from 'ava';
import { Collector } from '../../../../bootagent/backup/resources/collect.ts';
import { textAt } from '../../../../bootagent/backup/resources/json.ts';
import { parseYaml } from '../../../../core/contract/source.ts';
import { parseBackup } from '../../../../core/contract/velero/backup.ts';

const VERBS = ['list', 'create', 'get', 'delete'];
const type = (kind: string, plural: string, alias: string, namespaced: boolean) => ({
  ...{ apiVersion: 'v1', kind, plural, namespaced, group: '', version: 'v1', verbs: VERBS, aliases: [alias] },
});
const TYPES = [type('Pod', 'pods', 'po', true), type('PersistentVolume', 'persistentvolumes', 'pv', false)];
const OBJECTS: Record<string, readonly { name: string; namespace?: string }[]> = {
  Pod: ['a', 'b', 'c', 'd'].map((name) => ({ name, namespace: 'app' })),
  PersistentVolume: [{ name: 'v1' }, { name: 'v2' }],
};

/** Names of what a Backup with this `orderedResources` stores, in its order. */
async function collected(orderedResources: Record<string, string>): Promise<string> {
  const metadata = { name: 'b' };
  const source = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec: { orderedResources } };
  const client = {
    get: async () => undefined,
    list: async ({ kind }: { readonly kind: string }) => {
      const items = (OBJECTS[kind] ?? []).map((each) => ({ apiVersion: 'v1', kind, metadata: each }));
      return { items, resourceVersion: '1' };
    },
  };
  const options = {
    client,
    types: TYPES,
    signal: new AbortController().signal,
    onError: (text: string) => {
      throw new Error(text);
    },
  };
  const { spec } = parseBackup(parseYaml('b', JSON.stringify(source)));
  const items = await Array.fromAsync(new Collector(options, spec).collect());
  return items.map(({ object }) => textAt(object, 'metadata', 'name')).join(' ');
}

test('orderedResources puts the objects it names first, whatever name of the kind it uses', async (t) => {
  t.is(await collected({}), 'a b c d v1 v2');
  t.is(await collected({ pods: 'app/c, app/b', persistentvolumes: 'v2' }), 'c b a d v2 v1');
  t.is(await collected({ po: 'app/d,other/a,a', secrets: 'app/s' }), 'd a b c v1 v2');
});
