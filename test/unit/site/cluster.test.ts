import test from 'ava';
import { readExport, writeExport } from '../../../bootagent/site/cluster/export-cluster.ts';
import { customLabels } from '../../../bootagent/site/cluster/node-labels.ts';
import { siteItems } from '../../../bootagent/site/items.ts';
import { checkClusterFit } from '../../../bootagent/stages/prep/fit.ts';
import { parseSeedInfo } from '../../../core/contract/seed-info.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const FACTS = {
  version: '1.20.2',
  clusterName: 'kubernetes',
  domain: 'cluster.local',
  nodeName: 'a',
  nodeIps: ['10.0.0.1'],
  serviceNetworks: ['10.96.0.0/16'],
  clusterNetworks: [],
  machineNetworks: [],
  proxy: undefined,
  hasFips: false,
  hasOwnTrust: false,
};
const seed = (over: object) =>
  parseSeedInfo(
    JSON.stringify({
      seed_cluster_ocp_version: '2',
      base_domain: 'cluster.local',
      cluster_name: 'kubernetes',
      sno_hostname: 'b',
      node_ips: ['10.9.9.9'],
      service_network_cidr: ['10.96.0.0/16'],
      ...over,
    }),
  );

test('labels that the kubelet and the control plane set themselves are not carried over', (t) => {
  const labels = {
    'kubernetes.io/hostname': 'a',
    'kubernetes.io/os': 'linux',
    'node-role.kubernetes.io/master': '',
    'node-role.kubernetes.io/gpu': '',
    'site/rack': '7',
  };
  t.deepEqual(customLabels(labels), { 'node-role.kubernetes.io/gpu': '', 'site/rack': '7' });
});

test('a seed fits by its networks and domain; names and addresses may differ', (t) => {
  t.notThrows(() => checkClusterFit(seed({}), FACTS));
  t.notThrows(() => checkClusterFit(seed({ sno_hostname: '' }), undefined));
  const refusals: readonly (readonly [object, string])[] = [
    [{ sno_hostname: '' }, 'this node has a cluster, but the seed has none'],
    [{ base_domain: 'x.local' }, 'cluster domain mismatch: seed=x.local, cluster=cluster.local'],
    [
      { service_network_cidr: ['10.1.0.0/16'] },
      'service network mismatch: seed=10.1.0.0/16, cluster=10.96.0.0/16',
    ],
    [{ cluster_network_cidr: ['10.2.0.0/16'] }, 'cluster network mismatch: seed=10.2.0.0/16, cluster='],
    [{ node_ips: ['10.0.0.1', 'fd00::1'] }, 'the node has 1 addresses, and the seed 2, or of other families'],
    [{ has_fips: true }, 'FIPS mode differs between seed and cluster'],
  ];
  for (const [over, message] of refusals)
    t.throws(() => checkClusterFit(seed(over), FACTS), { code: 'seed-refused', message });
});

test('an export is read back as it was written, and a damaged one counts as none', async (t) => {
  const host = new RecordingHost();
  const exported = {
    exportedFor: 'hash',
    reconfiguration: { cluster_id: 'u', node_ips: ['10.0.0.1'], node_labels: { a: 'b' }, proxy: null },
    signers: {
      signers: [
        { roles: ['server' as const], common_name: 'kubernetes', certificate: 'PEM', private_key: 'PEM' },
      ],
    },
    manifests: [
      { file: 'a.json', items: [{ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec: { y: 1 } }] },
    ],
  };
  await writeExport(host, '/e', exported);
  t.deepEqual(await readExport(host, '/e'), exported);
  host.file('/e', '{"exportedFor": 1}');
  t.is(await readExport(host, '/e'), undefined);
  t.is(await readExport(host, '/none'), undefined);
});

test("a host's items are as ever; a cluster's come in addition", (t) => {
  const plain = siteItems(false).map(({ name }) => name);
  t.deepEqual(
    siteItems(true).map(({ name }) => name),
    [...plain, 'cluster-proxy', 'cluster-registries'],
  );
});
