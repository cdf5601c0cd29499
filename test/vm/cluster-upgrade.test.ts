import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { clusterNode, kubectl, startWeb, untilClusterReady } from '../support/story/cluster.ts';
import { bootedStateroot, condition, untilStatus } from '../support/story/nodes.ts';
import { overheadOf, overheadText } from '../support/story/overhead.ts';
import { forwardsTo, registryWithWorkloads, SEED_IMAGE, SEED_VERSION } from '../support/story/seed-image.ts';
import { ibu } from '../support/story/target.ts';

const SEED = { kind: 'seed', name: 'seed-node', ip: '10.0.2.21' } as const;
const TARGET = { kind: 'target', name: 'target-node', ip: '10.0.2.22' } as const;
const KEYS = ['ca.key', 'sa.key', 'front-proxy-ca.key', 'etcd/ca.key'].map(
  (name) => `/etc/kubernetes/pki/${name}`,
);
/** Middle lines of the keys: what raw databases, logs and files are searched for. */
const LINES = `for key in ${KEYS.join(' ')}; do sed -n '3,6p' $key; done`;

test('A cluster becomes what the seed is, stays itself with its kubeconfig valid, and goes back when asked', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lca-registry-'));
  const registry = await registryWithWorkloads(directory);
  t.teardown(async () => {
    await registry.dispose();
    await rm(directory, { recursive: true, force: true });
  });
  const forwards = forwardsTo(registry);

  let keys: string;
  {
    await using seed = await clusterNode({ ...SEED, forwards, log: t.title });
    await startWeb(seed);
    await kubectl(seed, 'create secret generic of-the-fleet --from-literal=colour=blue');
    keys = await seed.sh(LINES);
    const before = await seed.sh(
      'sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.* /etc/kubernetes/pki/etcd/*',
    );
    t.log(await seed.sh(`lca seed create --no-tls-verify ${SEED_IMAGE} 2>&1`, { timeoutMs: 3_600_000 }));
    await untilClusterReady(seed, SEED.name);
    t.is(
      await seed.sh('sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.* /etc/kubernetes/pki/etcd/*'),
      before,
      'the seed has its own crypto',
    );
    await kubectl(seed, 'rollout status deployment/web --timeout=280s');
    await seed.shutdown();
  }

  await using target = await clusterNode({ ...TARGET, forwards, log: t.title });
  await kubectl(target, `label node ${TARGET.name} site/rack=7`);
  await kubectl(target, 'create secret generic of-the-site --from-literal=code=1234');
  const clusterId = await kubectl(target, "get namespace kube-system --output=jsonpath='{.metadata.uid}'");
  const own = await target.sh('cat /etc/kubernetes/admin.conf');
  const ca = await target.sh('sha256sum < /etc/kubernetes/pki/ca.crt');
  const request = ibu('Idle', { timeout: 1800 }).replace(/ {2}lca:\n[^]*$/, '');
  t.true(request.includes(`version: ${SEED_VERSION}`));
  await target.writeFile('/var/lib/lca/ibu.yaml', request);
  await target.sh('lca prep 2>&1', { timeoutMs: 3_600_000 });
  registry.setReachable(false);
  await target.bootId();
  await target.sh('lca upgrade --no-wait');
  const upgraded = await untilStatus(
    target,
    'the upgrade completed',
    (status) => condition(status, 'UpgradeCompleted') !== undefined,
    3_600_000,
  );
  t.like(condition(upgraded, 'UpgradeCompleted'), { status: 'True', reason: 'Completed' });
  t.log(overheadText(await overheadOf(target)));
  t.is(await bootedStateroot(target), 'lca_2.0.0');

  await target.writeFile('/var/tmp/own.conf', own);
  const asBefore = 'kubectl --kubeconfig=/var/tmp/own.conf';
  t.is(
    await target.sh(`${asBefore} get nodes --output=name`),
    `node/${TARGET.name}`,
    'its kubeconfig is valid, its name its own',
  );
  t.is(
    await kubectl(
      target,
      `get node ${TARGET.name} --output=jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}'`,
    ),
    TARGET.ip,
  );
  t.is(
    await kubectl(target, `get node ${TARGET.name} --output=jsonpath='{.metadata.labels.site/rack}'`),
    '7',
  );
  t.is(await kubectl(target, "get namespace kube-system --output=jsonpath='{.metadata.uid}'"), clusterId);
  t.is(await target.sh('sha256sum < /etc/kubernetes/pki/ca.crt'), ca);
  t.is(
    await kubectl(target, "get secret of-the-fleet --output=jsonpath='{.data.colour}' | base64 -d"),
    'blue',
    "with the seed's objects",
  );
  t.is(
    await target.sh('curl -s --retry 40 --retry-connrefused http://127.0.0.1:8090/version'),
    '2',
    'its workload runs',
  );

  await target.writeFile('/var/tmp/needles', `${keys}\n`);
  const found = await target.ssh('grep -rlaF -f /var/tmp/needles /etc /var/lib --exclude-dir=containers', {
    timeoutMs: 900_000,
  });
  t.is(found.stdout, '', "no key of the seed's is anywhere, in files, databases or logs");
  const named = await target.ssh(`grep -rlaFw ${SEED.name} /etc/kubernetes /var/lib/kubelet`, {
    timeoutMs: 600_000,
  });
  t.is(named.stdout, '', 'nor its name');

  await target.bootId();
  await target.sh('lca rollback --no-wait');
  await untilStatus(
    target,
    'the rollback completed',
    (status) => condition(status, 'RollbackCompleted') !== undefined,
    1_800_000,
  );
  t.is(await bootedStateroot(target), 'lca');
  await untilClusterReady(target, TARGET.name);
  t.is(await target.sh('cat /etc/kubernetes/admin.conf'), own);
  t.is(
    await kubectl(target, "get secret of-the-site --output=jsonpath='{.data.code}' | base64 -d"),
    '1234',
    'the old cluster is back',
  );
});
