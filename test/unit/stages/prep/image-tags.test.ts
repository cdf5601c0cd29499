import test from 'ava';
import { pulledImages } from '../../../../bootagent/stages/prep/pulled-images.ts';
import { tagImages } from '../../../../bootagent/stages/prep/steps/tag-images.ts';
import type { StageContext } from '../../../../bootagent/stages/stage-context.ts';
import { UPGRADE } from '../../../../bootagent/stages/upgrade/plan.ts';
import { noteImageTags } from '../../../../bootagent/stages/upgrade/steps/note-image-tags.ts';
import { WORKSPACE } from '../../../../bootagent/stages/workspace.ts';
import { readImageTags } from '../../../../core/contract/image-tags.ts';
import { IMAGE_TAGS_PATH, SEED_INFO_PATH } from '../../../../core/contract/paths.ts';
import { NEW, nodeRunning } from '../../../support/fake-attempt.ts';
import { PREPARED_SEED, seedInfo } from '../../../support/prepared-seed.ts';
import type { RecordingHost } from '../../../support/recording-host.ts';
import { stageContext } from '../../../support/stage-context.ts';
import { requestFor } from '../../../support/upgrade-story.ts';

const digest = (digit: string) => `r.example/app@sha256:${digit.repeat(64)}`;
const THEIRS = `/ostree/deploy/${NEW.stateroot}${IMAGE_TAGS_PATH}`;

/** The seed calls its image `app:2` and `app:latest`; here `app:latest` is another one. */
function preparedNode(): RecordingHost {
  const images = [
    { Id: '1'.repeat(64), Names: ['r.example/app:1', 'r.example/app:latest'], RepoDigests: [digest('a')] },
    { Id: '2'.repeat(64), Names: [digest('b')], RepoDigests: [digest('b')] },
  ];
  const info = seedInfo([{ pull_spec: digest('b'), tags: ['r.example/app:2', 'r.example/app:latest'] }]);
  return nodeRunning('old', undefined)
    .file(WORKSPACE.seedDescription, JSON.stringify(PREPARED_SEED))
    .file(`/ostree/deploy/${NEW.stateroot}${SEED_INFO_PATH}`, JSON.stringify(info))
    .on(/^podman images/, () => JSON.stringify(images))
    .on(/^podman tag/, (argv) => {
      const image = images.find(({ RepoDigests }) => RepoDigests.includes(argv[2] ?? ''));
      image?.Names.push(argv[3] ?? '');
      return '';
    });
}

function contextOf(host: RecordingHost): StageContext {
  return stageContext(host, { request: requestFor('Prep') });
}

test('Prep gives a pulled image the tag that is free, and leaves the one that is taken', async (t) => {
  const host = preparedNode();
  t.false((await tagImages.check(contextOf(host))).done);
  await tagImages.apply(contextOf(host));
  t.deepEqual(
    host.transcript.filter((line) => line.startsWith('run podman tag')),
    [`run podman tag ${digest('b')} r.example/app:2`],
  );
  t.deepEqual(await pulledImages(host), ['r.example/app:2'], 'an abort takes it back');
  t.true((await tagImages.check(contextOf(host))).done);
});

test('Upgrade tells both systems what a tag means to them, and takes it back from this one', async (t) => {
  const host = preparedNode();
  t.false((await noteImageTags.check(contextOf(host))).done);
  await noteImageTags.apply(contextOf(host));
  t.deepEqual(await readImageTags(host), { 'r.example/app:latest': '1'.repeat(64) });
  t.deepEqual(await readImageTags(host, THEIRS), { 'r.example/app:latest': digest('b') });
  t.true((await noteImageTags.check(contextOf(host))).done);
  await noteImageTags.undo?.(contextOf(host));
  t.deepEqual(await readImageTags(host), {});
});

test('Upgrade asks for tags while the container runtime is there: it is stopped with the workloads', (t) => {
  const order = UPGRADE.steps.map(({ name }) => name);
  t.true(order.indexOf('note-image-tags') < order.indexOf('stop-workloads'));
});
