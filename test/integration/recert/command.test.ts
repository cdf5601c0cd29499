import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import type { Ledger } from '../../../recert/verify/ledger.ts';
import type { Proof } from '../../../recert/verify/prove.ts';
import { smallRun } from '../../support/small-run.ts';

const PROGRAM = new URL('../../../cli/main.ts', import.meta.url).pathname;

test('The command reports every place as JSON, and verify proves the result until something old comes back', async (t) => {
  const small = await smallRun();
  t.teardown(() => small.remove());
  const flags = [
    `--data-dir=${small.root}/var/lib/etcd`,
    `--crypto-dir=${small.root}/etc/kubernetes`,
    `--state-dir=${small.root}/state`,
  ];
  const lca = (...words: readonly string[]) =>
    execa(process.execPath, [PROGRAM, 'recert', ...words, ...flags], { reject: false });
  const none = await lca('verify');
  t.not(none.exitCode, 0);
  t.regex(none.stderr, /no ledger of a finished run/);

  const oldKey = small.file('/etc/kubernetes/pki/ca.key');
  const run = await lca('--report=json');
  t.is(run.exitCode, 0, run.stderr);
  const { places, keys } = JSON.parse(run.stdout) as Ledger;
  t.is(keys.length, 3);
  t.true(places.some(({ location }) => location.startsWith(`file:${small.root}/etc/kubernetes/pki/ca.key`)));
  t.true(places.some(({ location }) => location.startsWith('etcd:/registry/secrets/kube-system/token-1')));
  t.false(run.stdout.includes('PRIVATE KEY'));

  const proof = await lca('verify', '--report=json');
  t.is(proof.exitCode, 0, proof.stderr);
  const { checked, faults } = JSON.parse(proof.stdout) as Proof;
  t.deepEqual(faults, []);
  t.is(checked.places, places.length);
  t.true(checked.keys >= 5 && checked.files >= 7);
  writeFileSync(join(small.root, 'etc/kubernetes/pki/ca.key'), oldKey);
  const broken = await lca('verify');
  t.not(broken.exitCode, 0);
  t.regex(broken.stdout, /An old key is still at file:.*\/pki\/ca\.key/);
});
