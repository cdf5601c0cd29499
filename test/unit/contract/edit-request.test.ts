import test from 'ava';
import {
  editRequest,
  removeAnnotations,
  setAnnotation,
  setSeedImageRef,
  setStage,
} from '../../../core/contract/edit-request.ts';
import { parseRequest } from '../../../core/contract/image-based-upgrade.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const WRITTEN = `# our node in Berlin
apiVersion: lca.openshift.io/v1
kind:   ImageBasedUpgrade   # odd spaces
metadata: {name: upgrade, annotations: {team: 'a', lca.openshift.io/manual-cleanup-done: ""}}
spec:
    # was Idle until Monday
    stage: "Idle"    # here
    seedImageRef:
        version: '4.16.0'
        image: old.example/seed
`;

test('Setting the stage changes that word and not one other byte.', (t) => {
  t.is(setStage('Prep')(WRITTEN), WRITTEN.replace('"Idle"', 'Prep'));
  t.is(setStage('Idle')(WRITTEN), WRITTEN);
});

test('Naming the seed changes its two values only, and quotes a version that would be a number.', (t) => {
  const edited = setSeedImageRef({ version: '4.10', image: 'new.example/seed:4.10', pullSecretRef: null })(
    WRITTEN,
  );
  t.is(edited, WRITTEN.replace("'4.16.0'", '"4.10"').replace('old.example/seed', 'new.example/seed:4.10'));
  t.is(parseRequest(edited).seedImageRef?.version, '4.10');
});

test('A pull secret is written the way the file’s version has it.', (t) => {
  const ref = { version: '4.16.0', image: 'x', pullSecretRef: 'mine' };
  t.is(parseRequest(setSeedImageRef(ref)(WRITTEN)).seedImageRef?.pullSecretRef, 'mine');
  const preview = `apiVersion: lca.openshift.io/v1alpha1
kind: ImageBasedUpgrade
metadata: {name: any}
spec:
  stage: Idle
  seedImageRef: {version: "4", image: x, pullSecretRef: theirs}
`;
  t.is(setSeedImageRef({ ...ref, version: '4' })(preview), preview.replace('theirs', 'mine'));
});

test('Fields that are not there, or empty, are added, and comments stay.', (t) => {
  const bare =
    '# first\napiVersion: lca.openshift.io/v1\nkind: ImageBasedUpgrade\nmetadata: {name: upgrade}\nspec:\n  stage: Idle # second\n  seedImageRef:\n';
  const edited = setSeedImageRef({ version: '4.16.0', image: 'x', pullSecretRef: 's' })(bare);
  t.deepEqual(parseRequest(edited).seedImageRef, { version: '4.16.0', image: 'x', pullSecretRef: 's' });
  t.regex(edited, /# first\n[\s\S]*stage: Idle # second\n/);
});

test('Spent annotations are taken away, others stay.', (t) => {
  const edited = removeAnnotations(['lca.openshift.io/manual-cleanup-done'])(WRITTEN);
  t.deepEqual(parseRequest(edited).annotations, { team: 'a' });
  t.regex(edited, /# our node in Berlin/);
  t.is(removeAnnotations(['not-there'])(WRITTEN), WRITTEN);
  t.deepEqual(
    parseRequest(removeAnnotations(['team', 'lca.openshift.io/manual-cleanup-done'])(WRITTEN)).annotations,
    {},
  );
  t.deepEqual(parseRequest(setAnnotation('team', 'b')(WRITTEN)).annotations['team'], 'b');
});

test('A missing file is made.', async (t) => {
  const host = new RecordingHost();
  const ref = { version: '4.16.0', image: 'x', pullSecretRef: null };
  const request = await editRequest(host, [setSeedImageRef(ref), setStage('Prep')]);
  t.like(request, { stage: 'Prep', seedImageRef: ref });
  t.deepEqual(parseRequest(host.files.get('/var/lib/lca/ibu.yaml') ?? ''), request);
});

test('An edit that leaves the request invalid is refused and writes nothing.', async (t) => {
  const host = new RecordingHost();
  await t.throwsAsync(editRequest(host, [setStage('Prep')]), {
    message: /version is missing: stage Prep needs/,
  });
  t.deepEqual(host.transcript, []);

  host.file('/var/lib/lca/ibu.yaml', 'spec: {stage: [');
  await t.throwsAsync(editRequest(host, [setStage('Prep')]), { code: 'syntax' });

  host.file('/var/lib/lca/ibu.yaml', WRITTEN.replace(/seedImageRef:[\s\S]*/, 'seedImageRef: text\n'));
  await t.throwsAsync(
    editRequest(host, [setSeedImageRef({ version: '4', image: 'x', pullSecretRef: null })]),
    {
      code: 'wrong-type',
    },
  );
  t.deepEqual(host.transcript, []);
});

test('An edit that changes nothing writes nothing.', async (t) => {
  const host = new RecordingHost().file('/var/lib/lca/ibu.yaml', WRITTEN);
  await editRequest(host, [setStage('Idle')]);
  t.deepEqual(host.transcript, []);
});
