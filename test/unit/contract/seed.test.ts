import test from 'ava';
import {
  parseSeedGenerator,
  readSeedGeneratorStatus,
  requestId,
  seedGeneratorConditions,
  writeSeedGeneratorStatus,
} from '../../../core/contract/seed-generator.ts';
import { imageListText, parseImageList, readImageList } from '../../../core/contract/seed-image-list.ts';
import {
  NO_CLUSTER,
  parseSeedInfo,
  readSeedInfo,
  type SeedInfo,
  seedInfoText,
  totalSize,
} from '../../../core/contract/seed-info.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const INFO: SeedInfo = {
  ...NO_CLUSTER,
  seed_cluster_ocp_version: '1.2.3',
  lca: {
    format: 5,
    architecture: 'amd64',
    created: '2026-01-01T00:00:00Z',
    stateroot: 'debian',
    os: { name: 'debian', version: '13' },
    commit: 'c'.repeat(64),
    kernel_arguments: ['quiet'],
    cpu_count: 2,
    cgroup_version: 2,
    ip_families: [],
    image_count: 3,
    images: [],
    sizes: { ostree: { compressed: 10, unpacked: 30 }, var: { compressed: 1, unpacked: 2 } },
  },
};

test('A seed’s manifest is read back as it was written, byte for byte the same each time.', (t) => {
  t.deepEqual(parseSeedInfo(seedInfoText(INFO)), INFO);
  t.is(seedInfoText(parseSeedInfo(seedInfoText(INFO))), seedInfoText(INFO));
});

test('A manifest of 2024 is read: one address, no lca part, nothing known of trust bundles.', (t) => {
  const info = parseSeedInfo(
    '{"seed_cluster_ocp_version":"4.15.2","base_domain":"example.com","cluster_name":"seed","node_ip":"192.0.2.1","release_registry":"quay.io","sno_hostname":"seed","recert_image_pull_spec":"quay.io/r"}',
  );
  t.deepEqual(info.node_ips, ['192.0.2.1']);
  t.is(info.lca, null);
  t.is(info.additionalTrustBundle, null);
  t.false(info.has_fips);
});

test('Written as upstream does: its order, empty values left out but for those always there.', (t) => {
  t.is(
    seedInfoText({ ...INFO, node_ips: ['192.0.2.1'], lca: null }),
    '{"seed_cluster_ocp_version":"1.2.3","node_ips":["192.0.2.1"],"has_proxy":false,"has_fips":false,"additionalTrustBundle":null}',
  );
});

test('Fields of a newer upstream are tolerated, wrong ones are not.', async (t) => {
  t.is(parseSeedInfo('{"seed_cluster_ocp_version":"1","newer":{"a":1}}').seed_cluster_ocp_version, '1');
  t.throws(() => parseSeedInfo('{"has_fips": true}'), { message: /seed_cluster_ocp_version is missing/ });
  t.throws(() => parseSeedInfo(seedInfoText(INFO).replace('"format":5', '"format":"5"')), {
    message: /lca\.format must be a number, not a text/,
  });
  await t.throwsAsync(readSeedInfo(new RecordingHost()), { code: 'missing-file' });
});

test('Sizes of the parts add up.', (t) => {
  t.deepEqual(totalSize(INFO.lca?.sizes ?? {}), { compressed: 11, unpacked: 32 });
});

test('The image list: a pull spec a line; blanks, comments and doubles are dropped, nonsense is refused with its line.', async (t) => {
  t.deepEqual(parseImageList('# seed\nb:1\n\n  a@sha256:00 \r\nb:1\n'), ['b:1', 'a@sha256:00']);
  t.deepEqual(parseImageList(imageListText(['b', 'a', 'b'])), ['a', 'b']);
  t.throws(() => parseImageList('a\nb c\n'), { message: /containers\.list:2:1: line 2 is not a pull spec/ });
  t.throws(() => parseImageList('--authfile=/etc/shadow\n'), { code: 'bad-value' });
  await t.throwsAsync(readImageList(new RecordingHost()), { code: 'missing-file' });
});

test('A SeedGenerator of either version is read, under its one name.', (t) => {
  const text =
    'apiVersion: lca.openshift.io/v1alpha1\nkind: SeedGenerator\nmetadata: {name: seedimage}\nspec: {seedImage: quay.io/u/seed:1}\n';
  t.deepEqual(parseSeedGenerator(text), { seedImage: 'quay.io/u/seed:1', recertImage: null });
  t.deepEqual(parseSeedGenerator(text.replace('v1alpha1', 'v1')), {
    seedImage: 'quay.io/u/seed:1',
    recertImage: null,
  });
  t.throws(() => parseSeedGenerator(text.replace('name: seedimage', 'name: mine')), {
    message: /metadata\.name must be 'seedimage'/,
  });
  t.throws(() => parseSeedGenerator(text.replace('seedImage:', 'seedimage:')), {
    message: /did you mean seedImage\?/,
  });
  t.throws(() => parseSeedGenerator(text.replace('quay.io/u/seed:1', '""')), { code: 'bad-value' });
});

test('The SeedGenerator’s conditions are worded as documented and read back.', async (t) => {
  const host = new RecordingHost();
  const began = new Date('2024-02-13T21:24:26Z');
  const ended = new Date('2024-02-13T22:00:00Z');
  const running = seedGeneratorConditions('InProgress', 'Launching imager container', began);
  const later = seedGeneratorConditions('InProgress', 'Finalizing seed generation', ended, running);
  const failed = seedGeneratorConditions('Failed', 'no space', ended, later);
  const lca = { request: requestId('x'), isLaunched: true };
  for (const conditions of [running, later, failed, seedGeneratorConditions('Completed', '', ended)]) {
    const status = { observedGeneration: 1, conditions, lca };
    await writeSeedGeneratorStatus(host, status);
    t.deepEqual(await readSeedGeneratorStatus(host), status);
  }
  t.deepEqual(
    failed.map(({ type, message }) => [type, message]),
    [
      ['SeedGenCompleted', 'Seed generation failed: no space'],
      ['SeedGenInProgress', 'no space'],
    ],
  );
  t.is(later[0]?.lastTransitionTime, began.toISOString(), 'the status has not changed');
  t.is(failed[1]?.lastTransitionTime, ended.toISOString());
  t.is(
    await readSeedGeneratorStatus(new RecordingHost().file('/var/lib/lca/seedgenerator-status.yaml', '{')),
    null,
  );
});
