import test from 'ava';
import { networkOf } from '../../../../../core/platform/kubernetes/cluster-facts.ts';
import { readControlPlane } from '../../../../../core/platform/kubernetes/control-plane.ts';
import { readFlags } from '../../../../../core/platform/kubernetes/flags.ts';
import { kubernetesPlatform } from '../../../../../core/platform/kubernetes/kubernetes.ts';
import { unitCommand } from '../../../../../core/tools/unit-command.ts';
import { shownCommand, systemdNode } from '../../../../support/kubernetes-node.ts';
import { RecordingHost } from '../../../../support/recording-host.ts';

test('a command line is read with its variables replaced as systemd does: $NAME into words, ${NAME} into one', async (t) => {
  const host = new RecordingHost()
    .file('/etc/a.env', "# comment\nA=one two\nB='three four'\n")
    .on(/systemctl show/, shownCommand('/bin/x $A ${B} $MISSING --c=${C}', '"C=five" D=six', ['/etc/a.env']));
  const { argv, environment } = await unitCommand(host, 'x.service');
  t.deepEqual(argv, ['/bin/x', 'one', 'two', 'three four', '--c=five']);
  t.deepEqual(environment, { A: 'one two', B: 'three four', C: 'five', D: 'six' });
});

test('flags are read with their values beside or behind them', (t) => {
  const flags = readFlags(['kube-x', '--a=1', '--b', '2', '--c', '--d=x=y', 'rest', '--a=3']);
  t.deepEqual(
    [...flags],
    [
      ['a', '3'],
      ['b', '2'],
      ['c', 'true'],
      ['d', 'x=y'],
    ],
  );
});

test('the facts of a cluster run by systemd are read from services and files', async (t) => {
  const host = systemdNode();
  t.true(await kubernetesPlatform.detect(host));
  t.deepEqual(await kubernetesPlatform.cluster?.readFacts(host), {
    version: '1.20.2',
    clusterName: 'edge',
    domain: 'edge.local',
    nodeName: 'node-a',
    nodeIps: ['10.1.2.3'],
    serviceNetworks: ['10.96.0.0/16'],
    clusterNetworks: ['10.244.0.0/16'],
    machineNetworks: ['10.1.0.0/20'],
    proxy: { httpProxy: '', httpsProxy: 'http://proxy:3128', noProxy: '' },
    hasFips: false,
    hasOwnTrust: false,
  });
});

test('crypto is looked for where flags say, besides the usual places', async (t) => {
  const host = systemdNode().file('/srv/crypto/api.crt', '');
  t.deepEqual(await kubernetesPlatform.cluster?.readCryptoPlaces(host), {
    dataDirectory: '/var/lib/etcd',
    etcdImage: undefined,
    directories: ['/etc/kubernetes', '/var/lib/kubelet'],
    files: ['/srv/crypto/api.crt'],
    encryptionConfigs: [],
  });
});

/** What a kubelet with these flags has besides the usual places. */
async function placesWith(...flags: readonly string[]): Promise<readonly string[]> {
  const host = systemdNode().on(
    /^systemctl show .* kubelet\.service$/,
    shownCommand(`/usr/bin/kubelet ${flags.join(' ')}`),
  );
  for (const flag of flags) for (const path of (flag.split('=')[1] ?? '').split(',')) host.file(path, '');
  const places = await kubernetesPlatform.cluster?.readCryptoPlaces(host);
  const usual = ['/etc/kubernetes', '/var/lib/kubelet'];
  return [...(places?.directories ?? []), ...(places?.files ?? [])].filter((path) => !usual.includes(path));
}

test('a file that a flag names in a directory of others counts alone, and what is no crypto not at all', async (t) => {
  t.deepEqual(await placesWith('--resolv-conf=/etc/resolv.conf', '--config=/etc/kubelet.conf'), []);
  t.deepEqual(await placesWith('--oidc-ca-file=/etc/x.crt'), ['/etc/x.crt']);
  t.deepEqual(await placesWith('--client-ca-file=/etc/pki/ca.crt', '--a=/etc/ssl/certs/all.pem'), []);
  for (const shared of ['/etc', '/var/lib', '/opt', '/usr/local', '/srv/tls', '/home/kube', '/var/home/etcd'])
    t.false((await placesWith(`--tls-cert-file=${shared}/a.crt`)).includes(shared), shared);
  t.deepEqual(await placesWith('--tls-sni-cert-key=/srv/a.crt,/srv/a.key'), ['/srv/a.crt', '/srv/a.key']);
});

test('a kubeconfig is known by its flag, and a directory of the cluster by its name', async (t) => {
  t.deepEqual(await placesWith('--kubeconfig=/etc/kubelet.conf'), ['/etc/kubelet.conf']);
  t.deepEqual(await placesWith('--authorization-webhook-config-file=/srv/hook'), ['/srv/hook']);
  for (const own of ['/etc/etcd/ssl', '/opt/kubernetes', '/srv/k8s/tls', '/home/kube/.kube', '/srv/pki-etcd'])
    t.deepEqual(await placesWith(`--tls-cert-file=${own}/a.crt`, `--b=${own}/b.key`), [own]);
});

test('a node without a kubelet, and one whose API server is elsewhere, are no Kubernetes nodes', async (t) => {
  t.false(await kubernetesPlatform.detect(new RecordingHost()));
  t.false(
    await kubernetesPlatform.detect(new RecordingHost().file('/usr/lib/systemd/system/kubelet.service', '')),
  );
  t.false(
    await kubernetesPlatform.detect(
      new RecordingHost().file('/etc/kubernetes/manifests/kube-apiserver.yaml', ''),
    ),
  );
});

test('a manifest that is no pod is named', async (t) => {
  const host = new RecordingHost().file('/m/etcd.yaml', 'kind: Pod\nspec: 7\n');
  await t.throwsAsync(readControlPlane(host, '/m'), {
    code: 'bad-manifest',
    message: /^The static pod manifest \/m\/etcd\.yaml cannot be read/,
  });
});

test('a node whose etcd is elsewhere is refused with what is missing', async (t) => {
  const host = systemdNode();
  host.files.delete('/etc/systemd/system/etcd.service');
  await t.throwsAsync(async () => kubernetesPlatform.cluster?.readCryptoPlaces(host), {
    code: 'incomplete',
    message: 'This node has no etcd: neither a static pod nor etcd.service.',
  });
});

test('networks of both families are computed from an address in them', (t) => {
  t.is(networkOf('192.168.126.10', 24), '192.168.126.0/24');
  t.is(networkOf('10.255.255.255', 8), '10.0.0.0/8');
  t.is(networkOf('fd01:2::abcd:1', 64), 'fd01:2::/64');
  t.is(networkOf('2001:db8:1:2:3:4:5:6', 48), '2001:db8:1::/48');
});
