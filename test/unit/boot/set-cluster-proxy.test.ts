import test from 'ava';
import { BOOT } from '../../../bootagent/boot/plan.ts';
import { setClusterProxy } from '../../../bootagent/boot/steps/set-cluster-proxy.ts';
import { NO_RECONFIGURATION, type SeedReconfiguration } from '../../../core/contract/seed-reconfiguration.ts';
import { shownCommand, systemdNode } from '../../support/kubernetes-node.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

const PROXY = { httpProxy: 'http://site:1', httpsProxy: '', noProxy: '10.0.0.0/8' };
const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const DROP_IN = '/etc/systemd/system/kubelet.service.d/10-environment.conf';
const BROUGHT_ALONG = '/etc/systemd/system/containerd.service.d/http-proxy.conf';
const FLAGS = '/etc/default/kubelet';

function seedNode(): RecordingHost {
  return systemdNode()
    .file(
      MANIFEST,
      'spec:\n  containers:\n  - name: kube-apiserver\n    env:\n    - name: HTTP_PROXY\n      value: http://seed:1\n',
    )
    .file(DROP_IN, '[Service]\nEnvironment=HTTP_PROXY=http://seed:1 NO_PROXY=seed\n')
    .file(BROUGHT_ALONG, '[Service]\nEnvironment=HTTP_PROXY=http://runtime.site:3\n')
    .file(FLAGS, 'HTTP_PROXY=http://seed:1\nNO_PROXY=seed\n')
    .on(
      /^systemctl show .* (kubelet|containerd)\.service$/,
      shownCommand(
        '/usr/bin/kubelet --container-runtime-endpoint=unix:///run/containerd/containerd.sock',
        '',
        [FLAGS],
      ),
    )
    .on(/^systemctl daemon-reload$/, '');
}

function contextOf(host: RecordingHost, proxy: SeedReconfiguration['proxy']) {
  const site = { ...NO_RECONFIGURATION, proxy, lca: { ...NO_RECONFIGURATION.lca, cluster: { signers: [] } } };
  return { host, site, attempt: 'x', report: async () => undefined, signal: AbortSignal.any([]) };
}

test("the control plane and the kubelet start with the site's proxy, and what the site has brought along stays", async (t) => {
  const host = seedNode();
  const context = contextOf(host, PROXY);
  t.false((await setClusterProxy.check(context)).done);
  await setClusterProxy.apply(context);
  t.true((await setClusterProxy.check(context)).done);
  t.regex(host.files.get(MANIFEST) ?? '', /value: http:\/\/site:1\n.*NO_PROXY\n +value: 10\.0\.0\.0\/8\n/s);
  t.is(host.files.get(DROP_IN), '[Service]\nEnvironment="HTTP_PROXY=http://site:1" "NO_PROXY=10.0.0.0/8"\n');
  t.is(host.files.get(FLAGS), 'HTTP_PROXY=http://site:1\nNO_PROXY=10.0.0.0/8\n');
  t.regex(host.files.get(BROUGHT_ALONG) ?? '', /runtime\.site/);
  t.true(host.transcript.includes('run systemctl daemon-reload'));
});

test('without a proxy of the site, or of the seed, nothing is touched', async (t) => {
  t.true((await setClusterProxy.check(contextOf(seedNode(), null))).done);
  const without = systemdNode().on(/^systemctl show .* containerd\.service$/, shownCommand(''));
  t.true((await setClusterProxy.check(contextOf(without, PROXY))).done);
  t.false(without.transcript.some((line) => line.startsWith('write')));
});

test('the proxy is set after the crypto, whose re-issue renames what stands in the same files', (t) => {
  const order = BOOT.steps.map(({ name }) => name);
  t.true(order.indexOf('set-cluster-proxy') > order.indexOf('reissue-crypto'));
});
