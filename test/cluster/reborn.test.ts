import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { reissueCrypto } from '../../bootagent/boot/steps/reissue-crypto.ts';
import { exportCluster, readExport, writeExport } from '../../bootagent/site/cluster/export-cluster.ts';
import { applyManifests } from '../../bootagent/site/cluster/manifests.ts';
import { setNodeLabels } from '../../bootagent/site/cluster/node-labels.ts';
import { putOriginalsBack } from '../../builder/kept-originals.ts';
import type { SeedContext } from '../../builder/seed-context.ts';
import { checkCluster } from '../../builder/steps/check-cluster.ts';
import { cleanCluster } from '../../builder/steps/clean-cluster.ts';
import { expireCrypto } from '../../builder/steps/expire-crypto.ts';
import { keepCrypto } from '../../builder/steps/keep-crypto.ts';
import { NO_RECONFIGURATION } from '../../core/contract/seed-reconfiguration.ts';
import { withClusterClient } from '../../core/platform/cluster-client.ts';
import { kubernetesPlatform } from '../../core/platform/kubernetes/kubernetes.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { credentialsOf, requestKubernetes } from '../support/control-plane/request.ts';
import { kubernetesMachine } from '../support/kubernetes-machine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const SEED = { name: 'seed-node', address: '192.0.2.10' };
const TARGET = { name: 'target-node', address: '198.51.100.7' };
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SECRETS = ['pki/ca.key', 'pki/sa.key', 'pki/etcd/ca.key', 'pki/front-proxy-ca.key'];
const signal = new AbortController().signal;
const { cluster } = kubernetesPlatform;

async function started(t: ExecutionContext, directory: string, names: typeof SEED): Promise<ControlPlane> {
  const plane = await startControlPlane({ directory, ...names });
  t.teardown(() => plane.stop());
  return plane;
}

async function register({ admin }: ControlPlane, names: typeof SEED, labels: object): Promise<void> {
  await admin('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: names.name, labels: { 'kubernetes.io/hostname': names.name, ...labels } },
  });
  await admin('PATCH', `/api/v1/nodes/${names.name}/status`, {
    status: {
      addresses: [
        { type: 'InternalIP', address: names.address },
        { type: 'Hostname', address: names.name },
      ],
    },
  });
}

/** The parts of private keys that no other file would hold. */
function keysOf(
  directory: string,
): readonly { readonly path: string; readonly needles: readonly string[] }[] {
  return SECRETS.map((path) => {
    const lines = readFileSync(join(directory, 'etc/kubernetes', path), 'utf8').split('\n');
    const inner = lines.slice(2, 6).join('\n');
    return {
      path,
      needles: [inner, Buffer.from(lines.slice(2, 20).join('\n')).toString('base64').slice(8, 88)],
    };
  });
}

/** Files of a tree that hold one of the texts; grep looks at raw bytes, so it sees databases and logs too. */
async function filesWith(directory: string, needles: readonly string[]): Promise<readonly string[]> {
  const patterns = needles.flatMap((needle) => needle.split('\n')).flatMap((line) => ['-e', line]);
  const { stdout } = await execa(
    'grep',
    ['--recursive', '--files-with-matches', '--fixed-strings', '--text', ...patterns, directory],
    {
      reject: false,
    },
  );
  return stdout === '' ? [] : stdout.split('\n');
}

test('a seed cluster goes into an image without a key of its own, comes back with all of them, and is reborn as the target', async (t) => {
  t.timeout(3_600_000);
  if (cluster === undefined) return t.fail('the platform has no cluster');
  const seedRoot = await temporaryDirectory(t);
  const newRoot = await temporaryDirectory(t);
  const targetRoot = await temporaryDirectory(t);

  // the seed: checked, cleaned, at rest
  let seed = await started(t, seedRoot, SEED);
  await register(seed, SEED, { 'seed/only': 'yes' });
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await seed.admin('POST', CRDS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'works.work.open-cluster-management.io' },
    spec: {
      group: 'work.open-cluster-management.io',
      scope: 'Cluster',
      names: { plural: 'works', kind: 'Work' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const hubNamespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'open-cluster-management-agent' },
  };
  await seed.admin('POST', '/api/v1/namespaces', hubNamespace);
  const host = kubernetesMachine(seedRoot, SEED);
  const context = { host, findings: {}, signal } as unknown as SeedContext;
  await checkCluster.apply(context);
  await cleanCluster.apply(context);
  const left = await seed.admin('GET', CRDS);
  t.is(left.items?.length, 0, "the hub's definitions are gone");
  await t.throwsAsync(seed.admin('GET', '/api/v1/namespaces/open-cluster-management-agent'), {
    message: /404/,
  });
  const seedUid = (await seed.admin('GET', '/api/v1/namespaces/kube-system')).metadata.uid;
  await seed.stop();

  const keys = keysOf(seedRoot);
  const ofSeed = readFileSync(join(seedRoot, 'etc/kubernetes/admin.conf'));
  await keepCrypto.apply(context);
  await expireCrypto.apply(context);
  t.true(context.findings.expiredCrypto?.includes('/var/lib/etcd'));
  cpSync(seedRoot, newRoot, { recursive: true });
  rmSync(join(newRoot, 'var/lib/lca'), { recursive: true });
  for (const { path, needles } of keys)
    t.deepEqual(await filesWith(newRoot, needles), [], `${path} is nowhere in the image`);
  const expired = await execa(
    'openssl',
    ['x509', '-noout', '-checkend', '0', '-in', join(newRoot, 'etc/kubernetes/pki/apiserver.crt')],
    { reject: false },
  );
  t.is(expired.exitCode, 1, 'what is in the image has expired');

  // the seed gets its own back
  await putOriginalsBack(host);
  t.deepEqual(readFileSync(join(seedRoot, 'etc/kubernetes/admin.conf')), ofSeed);
  seed = await started(t, seedRoot, SEED);
  t.is((await seed.admin('GET', `/api/v1/nodes/${SEED.name}`)).metadata.name, SEED.name);
  await seed.stop();

  // the target, before the upgrade
  const target = await started(t, targetRoot, TARGET);
  await register(target, TARGET, { 'site/rack': '7' });
  const targetHost = kubernetesMachine(targetRoot, TARGET);
  const exported = await exportCluster(targetHost, cluster, TARGET.name);
  await writeExport(targetHost, '/var/lib/lca/workspace/cluster.json', { ...exported, exportedFor: 'x' });
  const again = await readExport(targetHost, '/var/lib/lca/workspace/cluster.json');
  t.deepEqual(again?.reconfiguration, exported.reconfiguration);
  t.deepEqual(
    again?.signers.signers.map(({ roles }) => roles),
    [['server', 'clients']],
  );
  const targetUid = (await target.admin('GET', '/api/v1/namespaces/kube-system')).metadata.uid;
  t.not(targetUid, seedUid);
  const kubeconfig = await credentialsOf(target.adminKubeconfig);
  await target.stop();

  // the target, in the new system
  const site = {
    ...NO_RECONFIGURATION,
    ...exported.reconfiguration,
    hostname: TARGET.name,
    lca: { ...NO_RECONFIGURATION.lca, cluster: exported.signers },
  };
  const newHost = kubernetesMachine(newRoot, TARGET);
  const boot = {
    host: newHost,
    site,
    attempt: 'attempt-1',
    report: async () => undefined,
    signal: new AbortController().signal,
  };
  t.false((await reissueCrypto.check(boot)).done);
  await reissueCrypto.apply(boot);
  t.true((await reissueCrypto.check(boot)).done);
  const reborn = await started(t, newRoot, TARGET);
  const { server } = reborn;
  const ready = await requestKubernetes({ ...kubeconfig, server }, 'GET', '/api/v1/nodes');
  t.is(ready.status, 200, "the target's own kubeconfig is still valid");
  const nodes = ready.object().items ?? [];
  t.deepEqual(
    nodes.map(({ metadata }) => metadata.name),
    [TARGET.name],
  );
  t.is(
    (await reborn.admin('GET', '/api/v1/namespaces/kube-system')).metadata.uid,
    targetUid,
    'its id is the same',
  );
  await withClusterClient(newHost, cluster, async (client) => {
    await applyManifests(newHost, client);
    await setNodeLabels(newHost, client, TARGET.name, site.node_labels, signal);
  });
  const { labels } = (await reborn.admin('GET', `/api/v1/nodes/${TARGET.name}`)).metadata as {
    labels?: Record<string, string>;
  };
  t.is(labels?.['site/rack'], '7');
  await reborn.stop();
  for (const { path, needles } of keys)
    t.deepEqual(await filesWith(newRoot, needles), [], `${path} of the seed is nowhere`);
  t.is(
    await kubernetesPlatform.cluster?.readFacts(newHost).then(({ nodeIps }) => nodeIps.join()),
    TARGET.address,
  );
});
