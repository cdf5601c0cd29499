import test from 'ava';
import { pin, setDefault, undeploy, unpin } from '../../../../core/tools/ostree-admin.ts';
import { STAGED, withSysroot } from '../../../support/fake-sysroot.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const DEPLOYMENTS = [
  { stateroot: 'lca', digit: 'a' },
  { stateroot: 'lca_2.0.0', digit: 'b' },
];

function node(): RecordingHost {
  return withSysroot(new RecordingHost(), DEPLOYMENTS, 0).on(/^ostree admin pin/, '');
}

/** Asks for one thing each of deployment 1. */
async function asked(host: RecordingHost): Promise<readonly string[]> {
  await pin(host, 1);
  await unpin(host, 1);
  await undeploy(host, 1);
  return host.transcript.filter((line) => line.startsWith('run ostree'));
}

test('deployments are numbered as ostree does, which counts a staged one before all others', async (t) => {
  t.deepEqual(await asked(node()), [
    'run ostree admin pin 1',
    'run ostree admin pin --unpin 1',
    'run ostree admin undeploy 1',
  ]);
  t.deepEqual(await asked(node().file(STAGED, '')), [
    'run ostree admin pin 2',
    'run ostree admin pin --unpin 2',
    'run ostree admin undeploy 2',
  ]);
});

test('what is made the default stays so: a staged update is given up, and only the default is left alone', async (t) => {
  const host = node().file(STAGED, '');
  await setDefault(host, 1);
  t.deepEqual(
    host.transcript.filter((line) => line.startsWith('run ostree')),
    ['run ostree admin undeploy 0', 'run ostree admin set-default 1'],
  );
  const settled = node();
  await setDefault(settled, 0);
  t.deepEqual(settled.transcript, []);
});
