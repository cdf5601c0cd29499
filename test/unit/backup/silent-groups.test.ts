import test from 'ava';
import type { ClusterApi } from '../../../bootagent/backup/cluster-api.ts';
import { discoverForBackups, discoverForLabels, missedBy } from '../../../bootagent/backup/silent-groups.ts';
import { parseYaml } from '../../../core/contract/source.ts';
import { type Backup, parseBackup } from '../../../core/contract/velero/backup.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const RADIO = 'radio.example.org';
const PODS = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  group: '',
  version: 'v1',
  verbs: [],
  aliases: ['pod', 'po'],
};

function backup(spec: object, annotations: Record<string, string> = {}): Backup {
  const metadata = { name: 'b', annotations };
  return parseBackup(
    parseYaml('b', JSON.stringify({ apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec })),
  );
}

/** An API with pods and a group whose server is silent for the first calls. */
function api(group: string, calls = Number.POSITIVE_INFINITY): Pick<ClusterApi, 'discover'> {
  let left = calls;
  return {
    async discover(onSilent) {
      left -= 1;
      if (left >= 0) onSilent?.({ group, error: new KubernetesError('unavailable', 'Its server is away.') });
      return [PODS];
    },
  };
}

function options(host = new RecordingHost()) {
  const said: string[] = [];
  const report = async (text: string) => void said.push(text);
  return { host, report, said, signal: new AbortController().signal };
}

test('A group’s server is waited for, and what it has is not missed then', async (t) => {
  const task = options();
  const all = backup({});
  const discovered = await discoverForBackups(task, api(RADIO, 3), [all]);
  t.deepEqual(missedBy(all, discovered), []);
  t.deepEqual([...new Set(task.said)], [`waiting for the server of ${RADIO}`]);
});

const label = (text: string) => ({ 'lca.openshift.io/apply-label': text });
const MISSED: readonly (readonly [what: string, backup: Backup])[] = [
  ['takes everything', backup({})],
  ['takes everything in a namespace', backup({ includedNamespaces: ['app'] })],
  ['takes all kinds', backup({ includedResources: ['*'] })],
  ['names kinds of the cluster alone', backup({ includedClusterScopedResources: ['nodes'] })],
  ['names one of its kinds with the group', backup({ includedResources: ['pods', `sets.${RADIO}`] })],
  ['names a kind that nobody knows', backup({ includedNamespaceScopedResources: ['sets'] })],
  ['names one of its objects', backup({}, label(`v1/secrets/a/s,${RADIO}/v1/sets/a/s`))],
];
const UNHURT: readonly (readonly [what: string, backup: Backup])[] = [
  ['names other kinds alone', backup({ includedResources: ['Po', 'pods'] })],
  ['names a kind of another group', backup({ includedResources: ['sets.other.example.org'] })],
  ['takes no kinds of namespaces', backup({ excludedNamespaceScopedResources: ['*'] })],
  ['names other objects alone', backup({}, label('v1/secrets/a/s'))],
  ['stores host paths alone', backup({}, { 'lca.openshift.io/host-paths': '/var/lib/own' })],
];

for (const [what, asked] of MISSED) {
  test(`A Backup that ${what} would miss a group that stays silent`, async (t) => {
    const task = options();
    const discovered = await discoverForBackups(task, api(RADIO), [asked]);
    t.deepEqual(missedBy(asked, discovered), [`What there is of ${RADIO} is not known: Its server is away.`]);
    t.true(task.host.now().getTime() - new RecordingHost().now().getTime() >= 5 * 60_000);
  });
}

for (const [what, asked] of UNHURT) {
  test(`A Backup that ${what} needs no silent group`, async (t) => {
    const task = options();
    t.deepEqual(missedBy(asked, await discoverForBackups(task, api(RADIO), [asked])), []);
    t.deepEqual(task.said, []);
  });
}

test('Readings that nobody takes are missed by nobody', async (t) => {
  const all = backup({});
  t.deepEqual(missedBy(all, await discoverForBackups(options(), api('metrics.k8s.io'), [all])), []);
});

test('An object to be labelled whose server is away is not taken for one that is not there', async (t) => {
  const named = backup({}, label(`${RADIO}/v1/sets/a/s`));
  await t.throwsAsync(discoverForLabels(api(RADIO), [named]), { code: 'unavailable' });
  t.deepEqual(await discoverForLabels(api('other.example.org'), [named]), [PODS]);
});
