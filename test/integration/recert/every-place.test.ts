import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { smallCluster } from '../../support/small-cluster.ts';
import { type SmallRun, smallRun } from '../../support/small-run.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text: unknown): string => Buffer.from(String(text), 'base64').toString();
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/;
const PKI = '/etc/kubernetes/pki';

function serverOf(bundle: string): string {
  return CERTIFICATE.exec(bundle)?.[0] ?? '';
}

function kubeconfig(ca: string): string {
  return `apiVersion: v1\nkind: Config\nclusters:\n- name: ""\n  cluster:\n    certificate-authority-data: ${base64(ca)}\n`;
}

function request(directory: string, key: string): string {
  writeFileSync(join(directory, 'request.key'), key);
  const argv = ['req', '-new', '-key', join(directory, 'request.key'), '-subj', '/O=system:nodes/CN=server'];
  return execFileSync('openssl', argv, { encoding: 'utf8' });
}

/** A volume's content lies in a directory of its own, to which `..data` points. */
const PROJECTED =
  '/var/lib/kubelet/pods/uid/volumes/kubernetes.io~projected/kube-api-access/..2026_11_28/token';

test('Every kind of place gets its successor: pull secrets, annotations, webhooks, APIService, CRD, CSR, cluster-info', async (t) => {
  const cluster = smallCluster();
  const { files } = cluster;
  const [ca, token] = [files[`${PKI}/ca.crt`] as string, files['/etc/kubernetes/token'] as string];
  const server = serverOf(files[`${PKI}/server.crt`] as string);
  const csr = request(await temporaryDirectory(t), files[`${PKI}/server.key`] as string);
  const pullSecret = { 'registry.small': { username: 'x', password: token, auth: base64(`x:${token}`) } };
  const objects = {
    'secrets/default/dockercfg': {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'dockercfg', namespace: 'default' },
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': base64(JSON.stringify(pullSecret)) },
    },
    'secrets/default/dockerconfigjson': {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'dockerconfigjson', namespace: 'default' },
      data: { '.dockerconfigjson': base64(JSON.stringify({ auths: pullSecret })) },
    },
    'serviceaccounts/default/annotated': {
      kind: 'ServiceAccount',
      apiVersion: 'v1',
      metadata: { name: 'annotated', annotations: { 'openshift.io/token-secret.value': token } },
    },
    'validatingwebhookconfigurations/validating': {
      kind: 'ValidatingWebhookConfiguration',
      apiVersion: 'admissionregistration.k8s.io/v1',
      metadata: { name: 'validating' },
      webhooks: [{ clientConfig: { url: 'https://none' } }, { clientConfig: { caBundle: base64(ca) } }],
    },
    'apiregistration.k8s.io/apiservices/v1.small': {
      kind: 'APIService',
      apiVersion: 'apiregistration.k8s.io/v1',
      metadata: { name: 'v1.small' },
      spec: { caBundle: base64(ca) },
    },
    'apiextensions.k8s.io/customresourcedefinitions/smalls.example': {
      kind: 'CustomResourceDefinition',
      apiVersion: 'apiextensions.k8s.io/v1',
      metadata: { name: 'smalls.example' },
      spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { caBundle: base64(ca) } } } },
    },
    'certificatesigningrequests/csr-1': {
      kind: 'CertificateSigningRequest',
      apiVersion: 'certificates.k8s.io/v1',
      metadata: { name: 'csr-1' },
      spec: { request: base64(csr) },
      status: { certificate: base64(server) },
    },
    'configmaps/kube-public/cluster-info': {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'cluster-info', namespace: 'kube-public' },
      data: { kubeconfig: kubeconfig(ca) },
    },
  };
  const conf = { '/etc/kubernetes/cloud-controller.conf': kubeconfig(ca), [PROJECTED]: token };
  const small = await smallRun({ objects, files: conf }, cluster);
  t.teardown(() => small.remove());
  const { proof } = await small.run({ crypto_dirs: ['/etc/kubernetes', '/var/lib/kubelet'] });
  t.deepEqual(proof?.faults, []);
  t.is(small.file(PROJECTED), small.file('/etc/kubernetes/token'), 'a token projected into a pod');

  const dump = await small.dump();
  const object = (key: keyof typeof objects) => small.object(dump, key);
  const [newCa, newToken] = [small.file(`${PKI}/ca.crt`), small.file('/etc/kubernetes/token')];
  const newServer = serverOf(small.file(`${PKI}/server.crt`));
  t.true(newCa !== ca && newToken !== token && newServer !== server);
  const expected = { 'registry.small': { username: 'x', password: newToken, auth: base64(`x:${newToken}`) } };
  const { data: dockercfg } = object('secrets/default/dockercfg');
  t.deepEqual(JSON.parse(plain(dockercfg['.dockercfg'])), expected);
  const { data: dockerconfigjson } = object('secrets/default/dockerconfigjson');
  t.deepEqual(JSON.parse(plain(dockerconfigjson['.dockerconfigjson'])), { auths: expected });
  const { annotations } = object('serviceaccounts/default/annotated').metadata;
  t.is(annotations?.['openshift.io/token-secret.value'], newToken);
  t.deepEqual(object('validatingwebhookconfigurations/validating')['webhooks'], [
    { clientConfig: { url: 'https://none' } },
    { clientConfig: { caBundle: base64(newCa) } },
  ]);
  t.deepEqual(object('apiregistration.k8s.io/apiservices/v1.small')['spec'], { caBundle: base64(newCa) });
  t.deepEqual(object('apiextensions.k8s.io/customresourcedefinitions/smalls.example')['spec'], {
    conversion: { strategy: 'Webhook', webhook: { clientConfig: { caBundle: base64(newCa) } } },
  });
  t.is(object('configmaps/kube-public/cluster-info').data['kubeconfig'], kubeconfig(newCa));
  t.is(small.file('/etc/kubernetes/cloud-controller.conf'), kubeconfig(newCa));
  const signing = object('certificatesigningrequests/csr-1');
  t.is(plain((signing['status'] as { certificate: string }).certificate), newServer);
  const newCsr = plain((signing['spec'] as { request: string }).request);
  t.is(publicKeyOf(newCsr), keyOf(small), 'the request is of the new key, and signed with it');
});

/** The public key of a request whose signature openssl has verified. */
function publicKeyOf(csr: string): string {
  return execFileSync('openssl', ['req', '-verify', '-noout', '-pubkey'], {
    input: csr,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

function keyOf(small: SmallRun): string {
  return createPublicKey(small.file(`${PKI}/server.key`)).export({ type: 'spki', format: 'pem' });
}

test('Crypto that cannot be read stops the run where it is the platform’s, and is a warning elsewhere', async (t) => {
  const cut = (smallCluster().files[`${PKI}/ca.crt`] as string).slice(0, 300);
  const secret = (namespace: string) => ({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'cut', namespace },
    data: { 'tls.crt': base64(cut) },
  });
  const envelope = Buffer.concat([
    Buffer.from('k8s\0'),
    Buffer.from([0x0a, 0x7f]),
    Buffer.from('-----BEGIN CERTIFICATE-----'),
  ]);
  for (const [key, value] of [
    ['secrets/kube-system/cut', secret('kube-system')],
    ['validatingwebhookconfigurations/broken', envelope],
  ] as const) {
    const small = await smallRun({ objects: { [key]: value } });
    const before = await small.dump();
    const error = await t.throwsAsync(small.run({}));
    t.regex(error?.message ?? '', new RegExp(`cannot be read: etcd:/registry/${key}`));
    const after = await small.dump();
    t.deepEqual(after.etcd, before.etcd);
    t.deepEqual(after.files, before.files);
    small.remove();
  }
  const small = await smallRun({ objects: { 'secrets/shop/cut': secret('shop') } });
  t.teardown(() => small.remove());
  const { outcome, warnings } = await small.run({});
  t.is(outcome, 'done');
  t.true(
    warnings.some((warning) => warning.includes('/registry/secrets/shop/cut')),
    warnings.join(),
  );
  t.deepEqual(small.object(await small.dump(), 'secrets/shop/cut'), secret('shop') as never);
});
