import test from 'ava';
import { parse, parseAllDocuments } from 'yaml';
import { bundleFile, GENERATED } from '../../../images/bundle/build.ts';

test('The definitions of the bundle are those that the agent installs (node images/bundle/build.ts)', async (t) => {
  for (const [path, text] of Object.entries(GENERATED)) t.is(await bundleFile(path), text, path);
});

interface Rule {
  readonly apiGroups: readonly string[];
}

test('The operator has the rights of rbac/agent.yaml, and beyond them only that to enter the node', async (t) => {
  const { spec } = parse(await bundleFile('manifests/lifecycle-agent.clusterserviceversion.yaml')) as {
    spec: {
      customresourcedefinitions: { owned: readonly { name: string; version: string }[] };
      install: { spec: Record<'clusterPermissions' | 'permissions', readonly [{ rules: readonly Rule[] }]> };
    };
  };
  const roles = parseAllDocuments(await bundleFile('rbac/agent.yaml'))
    .map((document) => document.toJS() as { kind: string; rules?: readonly Rule[] })
    .filter(({ rules }) => rules !== undefined);
  const { clusterPermissions, permissions } = spec.install.spec;
  const cluster = clusterPermissions[0].rules.filter(
    ({ apiGroups }) => !apiGroups.includes('security.openshift.io'),
  );
  t.deepEqual(roles, [
    { ...roles[0], kind: 'ClusterRole', rules: cluster },
    { ...roles[1], kind: 'Role', rules: permissions[0].rules },
  ]);
  t.is(clusterPermissions[0].rules.length, cluster.length + 1);
  t.deepEqual(
    spec.customresourcedefinitions.owned.map(({ name, version }) => `${name} ${version}`),
    ['imagebasedupgrades', 'seedgenerators'].flatMap((plural) =>
      ['v1', 'v1alpha1'].map((version) => `${plural}.lca.openshift.io ${version}`),
    ),
  );
});
