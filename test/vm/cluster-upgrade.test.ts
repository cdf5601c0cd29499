import test from 'ava';
import { kubectl, untilClusterReady } from '../support/story/cluster.ts';
import { preparedClusterTarget, seedKeyLines } from '../support/story/cluster-target.ts';
import { sweepDisk } from '../support/story/disk-sweep.ts';
import { downtimeText } from '../support/story/downtime.ts';
import { sweepEtcd } from '../support/story/etcd-sweep.ts';
import { CLUSTER_SEED as SEED, CLUSTER_TARGET as TARGET } from '../support/story/frozen-cluster.ts';
import { overheadOf, overheadText } from '../support/story/overhead.ts';
import { rolledBack, upgraded } from '../support/story/pivots.ts';

test('A cluster becomes what the seed is, stays itself with its kubeconfig valid, and goes back when asked', async (t) => {
  // the registry is out of reach from here on
  await using target = await preparedClusterTarget(t.title);
  await untilClusterReady(target, TARGET.name);
  const clusterId = await kubectl(target, "get namespace kube-system --output=jsonpath='{.metadata.uid}'");
  const own = await target.sh('cat /etc/kubernetes/admin.conf');
  const ca = await target.sh('sha256sum < /etc/kubernetes/pki/ca.crt');
  await upgraded(t, target);
  t.log(overheadText(await overheadOf(target)));
  t.log(await downtimeText(target));

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

  await target.writeFile('/var/tmp/needles', await seedKeyLines());
  const found = await target.ssh('grep -rlaF -f /var/tmp/needles /etc /var/lib --exclude-dir=containers', {
    timeoutMs: 900_000,
  });
  t.is(found.stdout, '', "no key of the seed's is anywhere, in files, databases or logs");
  t.deepEqual(await sweepDisk(target, [SEED.name, SEED.ip]), [], 'nor its name or address');
  t.deepEqual(await sweepEtcd(target, [SEED.name, SEED.ip]), [], 'not in any object either');
  t.not((await sweepEtcd(target, [TARGET.name])).length, 0, 'where its own name is');
  t.true((await sweepDisk(target, [TARGET.name])).some((name) => name.includes(`CN=${TARGET.name}`)));

  await rolledBack(t, target);
  await untilClusterReady(target, TARGET.name);
  t.is(await target.sh('cat /etc/kubernetes/admin.conf'), own);
  t.is(
    await kubectl(target, "get secret of-the-site --output=jsonpath='{.data.code}' | base64 -d"),
    '1234',
    'the old cluster is back',
  );
});
