import test from 'ava';
import { hostPlatform } from '../../../../core/platform/host.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const digest = (repository: string, digit: string) => `${repository}@sha256:${digit.repeat(64)}`;

test('each image is listed once a repository, by digest, with the tags by which it is called', async (t) => {
  const images = [
    {
      Id: '1',
      Names: ['r.example:5000/web:2', 'r.example:5000/web:latest', 'mirror.example/web:2'],
      // the digest of the index comes with that of the manifest that was chosen from it
      RepoDigests: [
        digest('r.example:5000/web', 'a'),
        digest('r.example:5000/web', 'b'),
        digest('mirror.example/web', 'a'),
      ],
      Size: 100,
    },
    { Id: '2', Names: ['localhost/built:1'], RepoDigests: null, Size: 7 },
    { Id: '3', Names: null, RepoDigests: [digest('r.example/by-digest', 'c')], Size: 9 },
  ];
  const host = new RecordingHost().file('/usr/bin/podman', '').on(/^podman images/, JSON.stringify(images));
  t.deepEqual(await hostPlatform.listImages(host), [
    { pullSpec: 'localhost/built:1', tags: [], size: 7 },
    { pullSpec: digest('mirror.example/web', 'a'), tags: ['mirror.example/web:2'], size: 100 },
    { pullSpec: digest('r.example/by-digest', 'c'), tags: [], size: 9 },
    {
      pullSpec: digest('r.example:5000/web', 'a'),
      tags: ['r.example:5000/web:2', 'r.example:5000/web:latest'],
      size: 100,
    },
  ]);
});
