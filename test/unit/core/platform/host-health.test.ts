import test from 'ava';
import { HostError } from '../../../../core/host/host-error.ts';
import { containersCheck, unitsCheck } from '../../../../core/platform/host-health.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const QUADLET = '[Unit]\nSourcePath=/etc/containers/systemd/web.container\n';
const signal = new AbortController().signal;

function node(state: string): RecordingHost {
  return new RecordingHost()
    .file('/run/systemd/generator/web.service', QUADLET)
    .file('/run/systemd/generator/data.mount', '[Mount]\n')
    .file('/run/systemd/generator/other.service', '[Unit]\nSourcePath=/etc/init.d/other\n')
    .on(/^systemctl show --property=ActiveState,SubState,Type web\.service/, state)
    .on(
      /^systemctl list-units/,
      'other.service loaded failed failed Other\nweb.service loaded failed failed Web\n',
    )
    .on(/^podman ps --filter=health=unhealthy/, '');
}

const STATES: Readonly<Record<string, readonly [well: boolean, detail: string]>> = {
  'ActiveState=active\nSubState=running\nType=notify\n': [true, '1 container units are well'],
  'ActiveState=failed\nSubState=failed\nType=notify\n': [false, 'web.service has failed'],
  'ActiveState=activating\nSubState=auto-restart\nType=notify\n': [
    false,
    'web.service ends and is started again',
  ],
  'ActiveState=activating\nSubState=start\nType=notify\n': [false, 'web.service is not yet up'],
  'ActiveState=activating\nSubState=start\nType=oneshot\n': [true, '1 container units are well'],
  'ActiveState=inactive\nSubState=dead\nType=notify\n': [true, '1 container units are well'],
};

for (const [state, [well, detail]] of Object.entries(STATES)) {
  test(`a container unit in ${state.trim().replaceAll('\n', ', ')} is ${well ? 'well' : 'not well'}`, async (t) =>
    t.deepEqual(await containersCheck(node(state)).look(signal), { well, detail }));
}

test('a container whose own health check fails is not well; without podman there is nobody to ask', async (t) => {
  const host = node('ActiveState=active\n').on(/^podman ps/, 'db\n');
  t.deepEqual(await containersCheck(host).look(signal), {
    well: false,
    detail: 'the container db is unhealthy',
  });
  host.on(/^podman ps/, new HostError('command-missing', 'podman is not installed.'));
  t.true((await containersCheck(host).look(signal)).well);
});

test('the states of several units are told apart', async (t) => {
  const host = node('')
    .file('/run/systemd/generator/db.service', QUADLET)
    .on(
      /^systemctl show .* db\.service web\.service$/,
      'ActiveState=active\nSubState=running\nType=notify\n\nActiveState=failed\nSubState=failed\nType=notify\n',
    );
  t.deepEqual(await containersCheck(host).look(signal), { well: false, detail: 'web.service has failed' });
});

test('units that have failed are told, apart from those of containers', async (t) =>
  t.deepEqual(await unitsCheck(node('')).look(signal), { well: false, detail: 'failed: other.service' }));
