import test, { type ExecutionContext } from 'ava';
import { upgradeAndComeBack, upgradeFailsHere } from '../support/story/come-back.ts';
import { nodeWithLca } from '../support/story/nodes.ts';
import { rolledBack, upgraded } from '../support/story/pivots.ts';
import { forwardsTo } from '../support/story/seed-image.ts';
import { atShutdown, dressTarget, ibu, OWN_DATA } from '../support/story/target.ts';
import { seedRegistry } from '../support/story/whole-story.ts';
import type { VmNode } from '../support/vm/node.ts';

const CONTENT = `apiVersion: v1
kind: ConfigMap
metadata: {name: own-data, namespace: apps}
data:
  all.yaml: |
    apiVersion: velero.io/v1
    kind: Backup
    metadata:
      name: own-data
      annotations: {lca.openshift.io/host-paths: /var/lib/own-data}
    ---
    apiVersion: velero.io/v1
    kind: Restore
    metadata: {name: own-data-back}
    spec: {backupName: own-data}
`;

/** Everything of the volume with type, owner, mode, time, links and content. */
const VOLUME = `cd /var/lib/own-data && find . \\( -type f -printf '%p %u %g %m %n %T@ ' -exec sha256sum {} \\; -o -printf '%p %y %u %g %m %l\\n' \\) | sort`;

/** A target whose container writes to a volume that is backed up, with Prep completed. */
async function preparedWithBackup(t: ExecutionContext): Promise<VmNode> {
  const registry = await seedRegistry(t);
  const target = await nodeWithLca({ disk: 'target', forwards: forwardsTo(registry), log: t.title });
  await dressTarget(target);
  await target.sh(
    [
      'cd /var/lib/own-data',
      'mkdir -p deep && echo deep > deep/file && ln deep/file hard && ln -s deep/file soft',
      'truncate -s 50M sparse && chown 1234:5678 deep && chmod 2750 deep',
    ].join(' && '),
  );
  await target.writeFile('/var/lib/lca/objects/backups.yaml', CONTENT);
  await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle', { backups: true }));
  await target.sh('lca prep 2>&1', { timeoutMs: 1_800_000 });
  return target;
}

test('The volume of a running container is backed up, comes back in the new system, and is as it was after Rollback', async (t) => {
  await using target = await preparedWithBackup(t);
  const before = await target.sh(VOLUME);
  await upgraded(t, target);
  t.is(await target.sh(VOLUME), before);
  t.is(await target.sh('test $(stat -c %b /var/lib/own-data/sparse) -lt 100 && echo holes'), 'holes');
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
    'and the container serves it',
  );
  t.is(await target.sh('stat -c %a /ostree/lca/backup'), '700');
  await target.sh('cd /ostree/lca/backup/backups/own-data && sha256sum --check --quiet own-data.sha256');
  await target.sh('echo changed on the new system >> /var/lib/own-data/readings.txt');

  await rolledBack(t, target);
  t.is(await target.sh(VOLUME), before);
  t.regex(await target.sh('lca idle 2>&1', { timeoutMs: 600_000 }), /Idle$/);
  t.is((await target.ssh('ls -d /ostree/lca')).code, 2, 'the backups are gone');
});

test('A backup that is damaged on the way makes the node come back, and tells what was damaged', async (t) => {
  await using target = await preparedWithBackup(t);
  await atShutdown(
    target,
    'mount -o remount,rw /sysroot; for f in /ostree/lca/backup/backups/own-data/volumes/*.zst; do printf x | dd of=$f bs=1 seek=20 conv=notrunc; done',
  );
  await upgradeAndComeBack(t, target, /Failed restore CRs: own-data-back/);
  t.regex(await target.sh('lca why'), /restore-backups[\s\S]*is not what was stored/);
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
  );
});

test('When backups cannot be stored, no reboot happens, and workloads run again', async (t) => {
  await using target = await preparedWithBackup(t);
  // a file where the directory of backups belongs
  await target.sh('mount -o remount,rw /sysroot; touch /ostree/lca');
  await upgradeFailsHere(t, target, /Failed backup CRs: own-data/);
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
  );
  await target.sh('rm /ostree/lca');
});
