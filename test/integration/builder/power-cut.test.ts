import test, { type ExecutionContext } from 'ava';
import { keepOriginals, putOriginalsBack, stateOfOriginals } from '../../../builder/kept-originals.ts';
import { writeQuietRecord } from '../../../builder/quiet-record.ts';
import { restoreSeedNode } from '../../../builder/restore-seed-node.ts';
import type { SeedContext } from '../../../builder/seed-context.ts';
import { keepCrypto } from '../../../builder/steps/keep-crypto.ts';
import { RECERT_DIRECTORY, WORK_DIRECTORY } from '../../../builder/work-directory.ts';
import { Killed } from '../../support/failing-host.ts';
import { DATABASE, ENCRYPTION, MANIFEST, PowerCutMachine, UNITS } from '../../support/power-cut-machine.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/*
 * Where a build or a restore can be cut off, and what the node has to have in the end:
 *
 *   build   before kept.json               nothing kept: only what was stopped is started
 *           kept.json … stage.json         nothing changed: the live database, newer by now, stays; the copies go
 *           stage.json … ledger … end      expired: stopped, put back, started
 *   restore stopping                       what was stopped before and now is on record before anything stops
 *           … copying the database beside  the record says "begun": from here on it has to come to its end
 *           … copied, not yet renamed      an etcd that found no database has begun one: it goes
 *           … renamed                      the copy beside is gone: what the cluster writes from here on stays
 *           copying a directory            half of it is there, illegible manifests too: copied again, then restarted
 *           … a directory is done          never copied again
 *           … record and copies removed    only starting is left
 */
const DIRECTORIES = ['/etc/kubernetes', '/var/lib/kubelet'];

/** A node whose build was cut off while its cluster was at rest, and that has been booted since. */
async function cutOff(t: ExecutionContext, isExpired: boolean): Promise<PowerCutMachine> {
  const machine = new PowerCutMachine(await temporaryDirectory(t));
  const host = machine.host();
  await writeQuietRecord(
    host,
    UNITS.map((name) => ({ kind: 'unit', name })),
  );
  await keepOriginals(host, '/var/lib/etcd', DIRECTORIES);
  if (isExpired) {
    machine.write(`${RECERT_DIRECTORY}/stage.json`, '{}');
    for (const path of [DATABASE, 'etc/kubernetes/pki/ca.key', 'var/lib/kubelet/pki/kubelet.key'])
      machine.write(path, 'expired');
  }
  machine.boot();
  return machine;
}

async function isKilled(restore: Promise<void>): Promise<boolean> {
  try {
    await restore;
    return false;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof Killed) return true;
    throw error;
  }
}

async function isWhole(t: ExecutionContext, machine: PowerCutMachine, when: string): Promise<void> {
  t.deepEqual(machine.violations, [], `no database is changed under a running etcd, ${when}`);
  t.deepEqual([...machine.running].toSorted(), UNITS.toSorted(), `all of it runs, ${when}`);
  t.is(machine.read('etc/kubernetes/pki/ca.key'), 'original', when);
  t.is(machine.read('var/lib/kubelet/pki/kubelet.key'), 'original', when);
  t.not(machine.read(MANIFEST), '', when);
  t.is(await machine.host().stat(WORK_DIRECTORY), undefined, when);
}

test('a build that was cut off before it changed anything costs the node nothing of what was written since', async (t) => {
  const machine = await cutOff(t, false);
  t.is(await stateOfOriginals(machine.host()), 'unneeded');
  await restoreSeedNode(machine.host(), process.pid);
  t.is(machine.read(DATABASE), 'original and newer');
  await isWhole(t, machine, 'after the restore');
});

test('expired crypto is taken out from under no running etcd: the cluster is stopped, and started after it', async (t) => {
  const machine = await cutOff(t, true);
  await restoreSeedNode(machine.host(), process.pid);
  t.is(machine.read(DATABASE), 'original');
  await isWhole(t, machine, 'after the restore');
});

test('the keys of encryption at rest come back with the database, wherever they lie', async (t) => {
  const machine = new PowerCutMachine(await temporaryDirectory(t));
  const host = machine.host();
  await keepCrypto.apply({ host, findings: {} } as unknown as SeedContext);
  for (const path of [DATABASE, ENCRYPTION]) machine.write(path, 'replaced');
  await putOriginalsBack(host);
  t.deepEqual([machine.read(DATABASE), machine.read(ENCRYPTION)], ['original', 'original']);
});

for (const isExpired of [false, true]) {
  for (const cut of ['power', 'process'] as const) {
    test(`a restore of ${isExpired ? 'expired' : 'unchanged'} crypto, its ${cut} cut anywhere, comes to its end and keeps what is newer`, async (t) => {
      for (let changes = 0; ; changes += 1) {
        const machine = await cutOff(t, isExpired);
        if (!(await isKilled(restoreSeedNode(machine.host(changes), process.pid)))) {
          t.true(changes > (isExpired ? 20 : 3), 'there were changes to be killed before');
          return;
        }
        if (cut === 'power') machine.boot();
        const isThere = (await machine.host().stat(`/${DATABASE}`)) !== undefined;
        const live = isThere ? machine.read(DATABASE) : '';
        await restoreSeedNode(machine.host(), process.pid);
        const when = `${cut} cut before change ${changes + 1}`;
        t.is(machine.read(DATABASE), live.startsWith('original') ? live : 'original', when);
        await isWhole(t, machine, when);
      }
    });
  }
}
