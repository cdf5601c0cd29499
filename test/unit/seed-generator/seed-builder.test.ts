import test from 'ava';
import { systemdSeedBuilder } from '../../../bootagent/seed-generator/seed-builder.ts';
import { SeedGenError } from '../../../bootagent/seed-generator/seedgen-error.ts';
import { HostError } from '../../../core/host/host-error.ts';
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

test('What lca says of a node that cannot be put in order is said on, with its remedy', async (t) => {
  const stderr = 'lca: The disk is full.\n  because: x\n  remedy: Make room.\n';
  const host = new RecordingHost().on(/seed restore$/, { exitCode: 1, stderr });
  const error = await t.throwsAsync(systemdSeedBuilder(host, ['lca']).restore(), {
    instanceOf: SeedGenError,
  });
  t.like(error, { code: 'not-restored', message: 'The disk is full.', remedy: 'Make room.' });
  host.on(/seed restore$/, { exitCode: 1, stderr: 'Segmentation fault\n' });
  await t.throwsAsync(systemdSeedBuilder(host, ['lca']).restore(), { instanceOf: HostError });
});
