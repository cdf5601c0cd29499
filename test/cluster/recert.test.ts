import { createHmac, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { encodePem } from '../../recert/codec/pem/index.ts';
import { makeCertificate, testKey } from '../support/certificate-maker.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { credentialsOf, type KubernetesObject, requestKubernetes } from '../support/control-plane/request.ts';
import { startWebhook, type Webhook } from '../support/control-plane/webhook.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const PROGRAM = new URL('../../cli/main.ts', import.meta.url).pathname;
const OLD = { name: 'seed-node', address: '192.0.2.10', domain: 'cluster.local' };
const NEW = { name: 'target-node', address: '198.51.100.7', domain: 'edge.example' };
const DEFAULT = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const APISERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1.widgets.example';
const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/widgets';
const CLUSTER_INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const CONFIGMAP = { apiVersion: 'v1', kind: 'ConfigMap' };

/** Starts the directory's control plane, to be stopped with the test at the latest. */
async function startIn(t: ExecutionContext, directory: string): Promise<ControlPlane> {
  const plane = await startControlPlane({ directory, name: OLD.name, address: OLD.address });
  t.teardown(() => plane.stop());
  return plane;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 600; left > 0; left -= 1) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(200);
  }
  throw new Error(`${what} did not come about.`);
}

async function lcaRecert(directory: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, [
    PROGRAM,
    'recert',
    `--data-dir=${join(directory, 'var/lib/etcd')}`,
    `--crypto-dir=${join(directory, 'etc/kubernetes')}`,
    `--cluster-customization-dir=${join(directory, 'etc/kubernetes')}`,
    `--state-dir=${join(directory, 'state')}`,
    ...options,
  ]);
  return stdout;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
const isPem = (text: string): boolean => text.startsWith('-----BEGIN');

/** The node, a service account that may look at everything, and a deployment the controller manager acts on. */
async function fill({ admin }: ControlPlane): Promise<string> {
  await admin('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: OLD.name } });
  await admin('PATCH', `/api/v1/nodes/${OLD.name}/status`, {
    status: { addresses: [{ type: 'InternalIP', address: OLD.address }] },
  });
  await admin('POST', `${DEFAULT}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'viewer' },
  });
  await admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: 'default' }],
  });
  const labels = { app: 'web' };
  await admin('POST', DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web.example/web' }] } },
    },
  });
  await pods(admin, 2);
  return tokenOf(admin);
}

function pods(admin: ControlPlane['admin'], count: number): Promise<true> {
  return until(`${count} pods`, async () => {
    const { items } = await admin('GET', `${DEFAULT}/pods?labelSelector=app%3Dweb`);
    return items?.length === count ? true : undefined;
  });
}

/** The viewer's token as the controller manager made it. */
function tokenOf(admin: ControlPlane['admin']): Promise<string> {
  return until('a service-account token', async () => {
    const { secrets } = await admin('GET', `${DEFAULT}/serviceaccounts/viewer`);
    const [secret] = secrets ?? [];
    if (secret === undefined) return undefined;
    const { data } = await admin('GET', `${DEFAULT}/secrets/${secret.name}`);
    return data?.['token'] === undefined ? undefined : plain(data['token']);
  });
}

/** A webhook with an authority of its own, whose certificates live in a Secret; and an APIService that trusts it too. */
async function addWebhook({ admin }: ControlPlane): Promise<Webhook> {
  const [ca, server] = [testKey('p256', 700), testKey('p256', 701)];
  const certify = (subject: string, key: typeof ca): string =>
    encodePem(
      'CERTIFICATE',
      makeCertificate({
        subject,
        issuer: 'widgets-ca',
        key: key.publicKey,
        signer: ca.privateKey,
        signerPublic: ca.publicKey,
        identifiers: 'sha1',
        ...(subject === 'localhost' ? { dnsNames: ['localhost'] } : { isCa: true }),
      }),
    );
  const pem = (key: typeof ca): string => key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const [caPem, serverPem] = [certify('widgets-ca', ca), certify('localhost', server)];
  const data = { 'ca.crt': caPem, 'ca.key': pem(ca), 'tls.crt': serverPem, 'tls.key': pem(server) };
  const webhook = await startWebhook(serverPem, pem(server));
  await admin('POST', `${DEFAULT}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'widgets' },
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, base64(text)])),
  });
  await admin('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.widgets.example' },
    spec: {
      group: 'widgets.example',
      version: 'v1',
      caBundle: base64(caPem),
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      service: { namespace: 'default', name: 'widgets' },
    },
  });
  await admin('POST', VALIDATING.slice(0, VALIDATING.lastIndexOf('/')), {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'widgets' },
    webhooks: [
      {
        name: 'all.widgets.example',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Fail',
        objectSelector: { matchLabels: { reviewed: 'yes' } },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        clientConfig: { url: `https://localhost:${webhook.port}/`, caBundle: base64(caPem) },
      },
    ],
  });
  await makeReviewed(admin, 'before');
  return webhook;
}

/** Makes a ConfigMap that the API server asks the webhook about; it may take a moment to know of the webhook. */
function makeReviewed(admin: ControlPlane['admin'], name: string): Promise<unknown> {
  return admin('POST', `${DEFAULT}/configmaps`, {
    ...CONFIGMAP,
    metadata: { name, labels: { reviewed: 'yes' } },
  });
}

function caBundleOf(object: KubernetesObject): string {
  const { webhooks } = object as { webhooks?: { clientConfig: { caBundle: string } }[] };
  return plain(webhooks?.[0]?.clientConfig.caBundle ?? (object.spec?.['caBundle'] as string));
}

test('A control plane lives on with new keys, another name, address and domain; what was trusted before is refused', async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await startIn(t, directory);
  const oldToken = await fill(before);
  const first = await addWebhook(before);
  await until('a call of the webhook', async () => {
    if (first.asked() > 0) return true;
    await makeReviewed(before.admin, `before-${Date.now()}`);
    return undefined;
  });
  const old = await credentialsOf(before.adminKubeconfig);
  t.is((await requestKubernetes({ ...old, token: oldToken }, 'GET', `${DEFAULT}/pods`)).status, 200);
  await before.stop();
  await first.stop();

  await lcaRecert(
    directory,
    `--hostname=${NEW.name}`,
    `--ip=${NEW.address}`,
    `--domain-replace=${OLD.domain},${NEW.domain}`,
  );

  const after = await startIn(t, directory); // waits for /readyz, asked with the new admin.conf
  const { admin } = after;
  const now = await credentialsOf(after.adminKubeconfig);
  t.is((await requestKubernetes(now, 'GET', '/readyz')).text, 'ok');
  await t.throwsAsync(
    requestKubernetes(old, 'GET', '/readyz'),
    undefined,
    'the old authority is not the server’s',
  );
  const oldClient = { ...old, ca: now.ca };
  t.is((await requestKubernetes(oldClient, 'GET', `${DEFAULT}/pods`)).status, 401, 'old client certificate');

  const token = await tokenOf(admin);
  t.not(token, oldToken);
  t.is(token.split('.')[1], oldToken.split('.')[1], 're-signed, not another one');
  const { server, ca } = now;
  t.is((await requestKubernetes({ server, ca, token }, 'GET', `${DEFAULT}/pods`)).status, 200);
  t.is((await requestKubernetes({ server, ca, token: oldToken }, 'GET', `${DEFAULT}/pods`)).status, 401);

  const { data: widgets } = await admin('GET', `${DEFAULT}/secrets/widgets`);
  const bundle = plain(widgets?.['ca.crt']);
  t.is(caBundleOf(await admin('GET', VALIDATING)), bundle);
  t.is(caBundleOf(await admin('GET', APISERVICE)), bundle);
  const second = await startWebhook(plain(widgets?.['tls.crt']), plain(widgets?.['tls.key']), first.port);
  t.teardown(() => second.stop());
  await makeReviewed(admin, 'after');
  t.is(second.asked(), 1, 'the API server trusts the webhook’s new certificate');

  const rootCa = await admin('GET', `${DEFAULT}/configmaps/kube-root-ca.crt`);
  t.is(rootCa.data?.['ca.crt'], ca);
  const { data: info } = await admin('GET', CLUSTER_INFO);
  t.true(info?.['kubeconfig']?.includes(base64(ca)), 'cluster-info names the new authority');
  await until('a new signature of cluster-info', async () => {
    const { data } = await admin('GET', CLUSTER_INFO);
    return hasGoodSignature(admin, data ?? {});
  });

  const nodes = await admin('GET', '/api/v1/nodes');
  t.deepEqual(
    nodes.items?.map(({ metadata }) => metadata.name),
    [NEW.name],
  );
  const pki = join(directory, 'etc/kubernetes/pki');
  const apiserver = new X509Certificate(readFileSync(join(pki, 'apiserver.crt')));
  t.true(
    apiserver.subjectAltName?.includes(`DNS:kubernetes.default.svc.${NEW.domain}`),
    apiserver.subjectAltName,
  );
  t.true(apiserver.subjectAltName?.includes(`DNS:${NEW.name}`));
  t.true(apiserver.subjectAltName?.includes(`IP Address:${NEW.address}`));
  t.false([OLD.name, OLD.address, OLD.domain].some((name) => apiserver.subjectAltName?.includes(name)));
  const endpoints = JSON.stringify(await admin('GET', `${DEFAULT}/endpoints/kubernetes`));
  t.true(endpoints.includes(NEW.address) && !endpoints.includes(OLD.address), endpoints);

  await admin('PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 3 } });
  await pods(admin, 3);
  await admin('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'later' },
  });
  const later = await until('a new namespace’s authority', async () => {
    const answer = await requestKubernetes(
      now,
      'GET',
      '/api/v1/namespaces/later/configmaps/kube-root-ca.crt',
    );
    return answer.status === 200 ? answer.object() : undefined;
  });
  t.is(later.data?.['ca.crt'], ca, 'the controller manager hands out the new authority');
});

/** cluster-info is signed with each bootstrap token's secret, by the controller manager. */
async function hasGoodSignature(
  admin: ControlPlane['admin'],
  data: Readonly<Record<string, string>>,
): Promise<true | undefined> {
  const [name, signature = ''] =
    Object.entries(data).find(([key]) => key.startsWith('jws-kubeconfig-')) ?? [];
  if (name === undefined) return undefined;
  const id = name.replace('jws-kubeconfig-', '');
  const { data: secret } = await admin('GET', `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${id}`);
  const [header = '', , mac] = signature.split('.');
  const payload = Buffer.from(data['kubeconfig'] ?? '').toString('base64url');
  const expected = createHmac('sha256', plain(secret?.['token-secret']))
    .update(`${header}.${payload}`)
    .digest('base64url');
  return mac === expected ? true : undefined;
}

test('With the authority kept by use-key and use-cert, a kubeconfig from before still works', async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await startIn(t, directory);
  const oldToken = await fill(before);
  const old = await credentialsOf(before.adminKubeconfig);
  await before.stop();
  const pki = join(directory, 'etc/kubernetes/pki');
  const kept = await temporaryDirectory(t);
  for (const name of ['ca.crt', 'ca.key']) await execa('cp', [join(pki, name), kept]);
  const serverBefore = readFileSync(join(pki, 'apiserver.crt'), 'utf8');

  await lcaRecert(directory, `--use-key=kubernetes:${kept}/ca.key`, `--use-cert=${kept}/ca.crt`);

  t.is(readFileSync(join(pki, 'ca.crt'), 'utf8'), readFileSync(join(kept, 'ca.crt'), 'utf8'));
  const serverNow = readFileSync(join(pki, 'apiserver.crt'), 'utf8');
  t.true(isPem(serverNow) && serverNow !== serverBefore, 'everything else is re-issued');
  const key = createPrivateKey(readFileSync(join(pki, 'apiserver.key')));
  t.true(new X509Certificate(serverNow).checkPrivateKey(key));
  const after = await startIn(t, directory);
  t.is((await requestKubernetes(old, 'GET', `${DEFAULT}/pods`)).status, 200, 'the old kubeconfig');
  t.not((await credentialsOf(after.adminKubeconfig)).certificate, old.certificate);
  const { server, ca } = old;
  t.is((await requestKubernetes({ server, ca, token: oldToken }, 'GET', `${DEFAULT}/pods`)).status, 401);
  t.is(
    (await requestKubernetes({ server, ca, token: await tokenOf(after.admin) }, 'GET', `${DEFAULT}/pods`))
      .status,
    200,
  );
});
