import test from 'ava';
import type { Workload } from '../../../../core/platform/index.ts';
import { startWorkloads } from '../../../../core/platform/start-workloads.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const WORKLOADS: readonly Workload[] = [
  { kind: 'container', name: 'first' },
  { kind: 'unit', name: 'second.service' },
  { kind: 'container', name: 'third' },
  { kind: 'unit', name: 'fourth.service' },
];
const starts = (host: RecordingHost) =>
  host.transcript.filter((line) => / start /.test(line)).map((line) => line.split(' ').at(-1));

test('What does not start keeps nothing else down, and all of it is named', async (t) => {
  const host = new RecordingHost()
    .on(/^(podman|systemctl) start /, '')
    .on(/^systemctl start fourth/, { exitCode: 1 })
    .on(/^podman start third$/, { exitCode: 125 })
    .on(/^podman container exists third$/, '');
  await t.throwsAsync(startWorkloads(host, WORKLOADS), {
    code: 'not-started',
    message:
      'Not everything that was stopped could be started again: fourth.service (Could not start fourth.service: systemctl failed); third (Could not start the container third: podman failed).',
  });
  t.deepEqual(starts(host), ['fourth.service', 'third', 'second.service', 'first']);
});

test('A container that was removed when it stopped is told of, and no error', async (t) => {
  const host = new RecordingHost()
    .on(/^(podman|systemctl) start /, '')
    .on(/^podman start third$/, { exitCode: 125 })
    .on(/^podman container exists third$/, { exitCode: 1 });
  t.deepEqual(await startWorkloads(host, WORKLOADS), [{ kind: 'container', name: 'third' }]);
  t.deepEqual(starts(host), ['fourth.service', 'third', 'second.service', 'first']);
});
