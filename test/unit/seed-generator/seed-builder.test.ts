import test from 'ava';
import { systemdSeedBuilder } from '../../../bootagent/seed-generator/seed-builder.ts';
import { RecordingHost } from '../../support/recording-host.ts';

test('The builder is a unit of its own, which outlives the agent', async (t) => {
  const host = new RecordingHost().on(/^systemd-run/, '').on(/^systemctl is-active/, { exitCode: 3 });
  const builder = systemdSeedBuilder(host, ['/usr/local/bin/lca']);
  await builder.start({ seedImage: 'r.example/seed:1', authFile: '/a.json', resultPath: '/r.json' });
  t.regex(
    host.transcript[0] ?? '',
    /^run systemd-run --collect --unit=lca-generate-seed-image\.service .* -- \/usr\/local\/bin\/lca seed create --authfile \/a\.json --result \/r\.json r\.example\/seed:1$/,
  );
  t.false(await builder.isRunning());
});

test('What a killed builder has left is made good by lca itself', async (t) => {
  const host = new RecordingHost().on(/seed restore$/, '');
  await systemdSeedBuilder(host, ['node', 'main.ts']).restore();
  t.deepEqual(host.transcript, ['run node main.ts seed restore']);
});
