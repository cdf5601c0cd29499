import test from 'ava';
import { imageSpaceNeeded } from '../../../../bootagent/stages/prep/image-space.ts';
import { parseSeedInfo } from '../../../../core/contract/seed-info.ts';

const INFO = parseSeedInfo(
  JSON.stringify({
    seed_cluster_ocp_version: '1',
    lca: {
      format: 5,
      architecture: 'amd64',
      stateroot: 'lca',
      os: { name: 'test', version: '1' },
      commit: '0'.repeat(64),
      cpu_count: 2,
      cgroup_version: 2,
      image_count: 2,
      images: [
        { pull_spec: 'r/a@sha256:1', size: 1000 },
        { pull_spec: 'r/b@sha256:2', tags: ['r/b:1'], size: 200 },
      ],
      sizes: {},
    },
  }),
);

test('images that the node has already need no space', (t) => {
  t.is(
    imageSpaceNeeded(INFO, () => false),
    1200,
  );
  t.is(
    imageSpaceNeeded(INFO, (spec) => spec === 'r/a@sha256:1'),
    200,
  );
});

test('a seed that does not say what its images need is taken at its word', (t) => {
  t.is(
    imageSpaceNeeded({ ...INFO, lca: null }, () => false),
    0,
  );
});
