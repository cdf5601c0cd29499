import test from 'ava';
import { setImageTags } from '../../../bootagent/boot/image-tags.ts';
import { IMAGE_TAGS_PATH } from '../../../core/contract/paths.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];
const BY_DIGEST = `r.example/app@sha256:${'1'.repeat(64)}`;
const STORAGE = JSON.stringify([
  { Id: OLD, Names: ['r.example/app:1', 'r.example/app:latest'], RepoDigests: [], Size: 5 },
  { Id: NEW, Names: [BY_DIGEST], RepoDigests: [BY_DIGEST], Size: 7 },
]);

function node(tags: Record<string, string>): RecordingHost {
  return new RecordingHost()
    .file(IMAGE_TAGS_PATH, JSON.stringify(tags))
    .on(/^podman images /, STORAGE)
    .on(/^podman tag /, '');
}

test('a tag that means another image in this stateroot is set to it, once', async (t) => {
  const host = node({ 'r.example/app:latest': BY_DIGEST, 'r.example/app:1': OLD });
  await setImageTags(host);
  t.deepEqual(
    host.transcript.filter((line) => line.startsWith('run podman tag')),
    [`run podman tag ${NEW} r.example/app:latest`],
  );
  t.is(await host.readText(IMAGE_TAGS_PATH), undefined);
});

test('the tag of an image that is gone stays as it is', async (t) => {
  const host = node({ 'r.example/app:latest': 'c'.repeat(64) });
  await setImageTags(host);
  t.false(host.transcript.some((line) => line.startsWith('run podman tag')));
});

test('without a list podman is not even asked', async (t) => {
  const host = new RecordingHost();
  await setImageTags(host);
  t.deepEqual(host.transcript, []);
});
