import test from 'ava';
import { blocker, type DoctorCheck, fine } from '../../../../bootagent/doctor/doctor-check.ts';
import { examineNode } from '../../../../bootagent/stages/prep/examine-node.ts';
import type { StageContext } from '../../../../bootagent/stages/stage-context.ts';
import { StageError } from '../../../../bootagent/stages/stage-error.ts';
import { REQUEST_PATH } from '../../../../core/contract/paths.ts';
import { KubernetesError } from '../../../../core/tools/kubernetes/kubernetes-error.ts';
import { nodeRunning } from '../../../support/fake-attempt.ts';
import type { RecordingHost } from '../../../support/recording-host.ts';
import { requestFor } from '../../../support/upgrade-story.ts';

const SHOWN =
  'ActiveState=active\nUnitFileState=enabled\nWhat=/dev/disk/by-partlabel/x\nRuntimeWatchdogUSec=0\n';

/** A node that everything is fine with but its watchdog; its request names no seed. */
function node(): RecordingHost {
  const host = nodeRunning('old', undefined)
    .on(/^ostree admin --help/, 'set-default')
    .on(/^systemctl show/, SHOWN)
    .on(/^systemctl cat/, '[Mount]\nWhat=/dev/disk/by-partlabel/x\n')
    .on(/^timedatectl/, 'yes\n')
    .on(/^podman ps/, '')
    .file('/boot/ostree/lca/vmlinuz', 'kernel')
    .file('/sys/class/watchdog/watchdog0/identity', 'i6300ESB');
  return host;
}

function contextOf(host: RecordingHost) {
  const said: string[] = [];
  const noted: string[] = [];
  const context: StageContext = {
    host,
    request: requestFor('Prep', { seedImageRef: null }),
    note: async (kind, message) => void noted.push(`${kind}: ${message}`),
    report: async (message) => void said.push(message),
    signal: new AbortController().signal,
  };
  return { context, said, noted };
}

test('Prep goes on with warnings, which are recorded', async (t) => {
  const { context, noted } = contextOf(node());
  await examineNode(context);
  t.true(
    noted.some((text) =>
      text.startsWith('decision: Prep goes on with a warning: hardware-watchdog: there is a watchdog'),
    ),
    noted.join('\n'),
  );
});

test('Prep waits for an unwell node, says so in the documented words, and goes on when it is well', async (t) => {
  const host = node();
  let looks = 0;
  host.on(/^systemctl is-active/, () => ({ exitCode: (looks += 1) < 3 ? 3 : 0 }));
  const { context, said } = contextOf(host);
  await examineNode(context);
  t.is(looks, 3);
  t.is(said.length, 2);
  t.regex(
    said[0] ?? '',
    /^Waiting for system to stabilize before Prep stage can continue: one or more health checks failed: built-in\/system: multi-user\.target is not yet active\n/,
  );
});

test('a wait for health ends when the user wants something else', async (t) => {
  const host = node().on(/^systemctl is-active/, { exitCode: 3 });
  const stop = new AbortController();
  const { context } = contextOf(host);
  await t.throwsAsync(
    examineNode({
      ...context,
      signal: stop.signal,
      report: async () => stop.abort(new Error('Idle is asked for')),
    }),
    { message: 'Idle is asked for' },
  );
});

test('Prep waits for an API that does not answer one of its checks, and asks it again', async (t) => {
  const { context, said } = contextOf(node());
  let looks = 0;
  const away = new KubernetesError('timed-out', 'The API did not answer within 30 s.');
  const asksApi: DoctorCheck = {
    name: 'manifests',
    async look() {
      looks += 1;
      if (looks === 1) throw new StageError('unfit', 'Nothing is known of it.', { cause: away });
      return fine('the API server takes it');
    },
  };
  const refused: DoctorCheck = { name: 'other', look: async () => blocker('it cannot work', 'Mend it.') };
  await examineNode(context, [asksApi]);
  t.is(looks, 2);
  t.deepEqual(said, [
    'Waiting for system to stabilize before Prep stage can continue: Nothing is known of it.',
  ]);
  looks = 0;
  await t.throwsAsync(examineNode(context, [asksApi, refused]), { message: /other: it cannot work/ });
});

test('a single blocker refuses Prep with its own error and text, as documented', async (t) => {
  const host = node().on(/^ostree admin --help/, 'deploy');
  const error = await t.throwsAsync(examineNode(contextOf(host).context), { instanceOf: StageError });
  t.is(error.code, 'seed-refused');
  t.is(error.message, 'Installed release does not support "ostree admin set-default" feature');
});

test('several blockers are told together, also where the node is unwell besides', async (t) => {
  const host = node()
    .on(/^ostree admin --help/, 'deploy')
    .on(/^systemctl show --property=UnitFileState/, 'UnitFileState=disabled\n')
    .on(/^systemctl is-active/, { exitCode: 3 });
  const error = await t.throwsAsync(examineNode(contextOf(host).context), { instanceOf: StageError });
  t.is(error.code, 'unfit');
  t.regex(
    error.message,
    /^3 checks of this node found that the upgrade would fail: ostree-system: Installed/,
  );
  t.regex(error.message, /\n {2}- units: lca-agent\.service is disabled\n {2}- health: one or more/);
  t.regex(error.remedy ?? '', /Run: lca install/);
});

test('the request is the one that was accepted, not what stands in the file meanwhile', async (t) => {
  const host = node().file(REQUEST_PATH, 'kind: [');
  await t.notThrowsAsync(examineNode(contextOf(host).context));
});
