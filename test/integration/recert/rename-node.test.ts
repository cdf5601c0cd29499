import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { findFields, readObject } from '../../../recert/codec/object/index.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { namesInCertificates } from '../../support/named-certificates.ts';
import { dumpCluster, FIXTURE_CONFIG, layOutFixture } from '../../support/recert-cluster.ts';

/** What OpenShift's operators render, which lca does not rename. */
const OPENSHIFTS = /openshift|cert-manager\.io/;

test('A node gets another name and address everywhere: objects, files, certificates and the etcd member', async (t) => {
  t.timeout(300_000);
  const cluster = layOutFixture();
  t.teardown(() => cluster.remove());
  const before = await dumpCluster(cluster);
  const config = {
    ...FIXTURE_CONFIG,
    hostname: 'target-1.example',
    ip: '10.11.12.13',
    domain_replace_rules: ['seed.redhat.com,target.example.org'],
    extend_expiration: true,
  };
  const { proof } = await recert(await resolveInputs(config, cluster.host), cluster.host);
  t.deepEqual(proof?.faults, []);
  const { etcd, files } = await dumpCluster(cluster);

  t.false(etcd.has('/kubernetes.io/minions/seed-node'));
  const node = etcd.get('/kubernetes.io/minions/target-1.example')?.value as Buffer;
  const text = (value: Uint8Array, path: string) =>
    findFields(value, path).map(({ bytes }) => Buffer.from(bytes).toString());
  t.is(readObject(node).name, 'target-1.example');
  t.deepEqual(text(node, 'metadata.labels{"kubernetes.io/hostname"}'), ['target-1.example']);
  t.true(text(node, 'status.addresses[*].address').includes('10.11.12.13'));
  t.false(etcd.has('/kubernetes.io/leases/kube-node-lease/seed-node'));
  for (const [key, { value }] of etcd) {
    if (key.startsWith('/kubernetes.io/pods/'))
      t.notDeepEqual(text(value, 'spec.nodeName'), ['seed-node'], key);
    t.false(key.includes('masterleases/192.168.126.10'), key);
  }
  for (const key of before.etcd.keys()) {
    if (!key.startsWith('/kubernetes.io/pods/')) continue;
    const kept = etcd.get(key);
    if (kept !== undefined)
      t.deepEqual(
        text(kept.value, 'spec.nodeName').filter((name) => name !== 'target-1.example'),
        [],
      );
  }

  const named = [...etcd].filter(
    ([key, { value }]) =>
      !OPENSHIFTS.test(key) &&
      /(?<![\w-])(seed-node|192\.168\.126\.10)(?![\w-])/.test(`${key}\n${value.toString('latin1')}`),
  );
  t.deepEqual(
    named.map(([key]) => key),
    [],
    'no object names the old node or its address any more',
  );

  const inCertificates = [
    ...[...etcd].filter(([key]) => !OPENSHIFTS.test(key)).map(([key, { value }]) => [key, value] as const),
    ...files,
  ].flatMap(([name, value]) =>
    namesInCertificates(value.toString('latin1'))
      .filter((names) => /(?<![\w-])(seed-node|192\.168\.126\.10)(?!\d)/.test(names))
      .map((names) => `${name}: ${names}`),
  );
  t.deepEqual(inCertificates, [], 'nor does any certificate');

  const kubelet = new X509Certificate(
    files.get('/var/lib/kubelet/pki/kubelet-client-2026-11-22-14-54-05.pem') as Buffer,
  );
  t.regex(kubelet.subject, /CN=system:node:target-1\.example/);
  const server = new X509Certificate(files.get('/etc/kubernetes/pki/etcd/server.crt') as Buffer);
  t.regex(server.subjectAltName ?? '', /10\.11\.12\.13/);
  t.notRegex(server.subjectAltName ?? '', /192\.168\.126\.10/);
  const apiserver = new X509Certificate(files.get('/etc/kubernetes/pki/apiserver.crt') as Buffer);
  t.notRegex(`${apiserver.subjectAltName} ${apiserver.subject}`, /seed-node/);
  t.true(new Date(apiserver.validFrom).getTime() > Date.now() - 600_000);
  for (const [path, content] of files) {
    if (/manifests|\.conf$|kubeconfig/.test(path))
      t.notRegex(content.toString(), /192\.168\.126\.10|seed-node/, path);
  }
});
