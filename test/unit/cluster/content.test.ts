import test from 'ava';
import fc from 'fast-check';
import { type Content, reconciled, sameContent, UNASKED } from '../../../bootagent/cluster/content.ts';

const contents: fc.Arbitrary<Content> = fc.record({
  spec: fc.dictionary(fc.constantFrom('stage', 'seedImageRef', 'lca'), fc.constantFrom('a', 'b', 'c')),
  annotations: fc.dictionary(
    fc.constantFrom('x.lca.openshift.io/1', 'lca.openshift.io/2'),
    fc.constantFrom('1', '2'),
  ),
});

test('What changed on one side only is taken over whole', (t) => {
  fc.assert(
    fc.property(contents, contents, (agreed, changed) => {
      const seen = { file: agreed, resource: agreed };
      for (const next of [reconciled(seen, changed, agreed), reconciled(seen, agreed, changed)]) {
        t.deepEqual(next, { file: changed, resource: changed });
      }
    }),
  );
});

test('Where both changed the same field the file holds; other fields of the resource are taken over', (t) => {
  const seen = { file: UNASKED, resource: UNASKED };
  const file = { spec: { stage: 'Prep' }, annotations: { 'lca.openshift.io/a': 'file' } };
  const resource = {
    spec: { stage: 'Rollback', seedImageRef: { image: 'x' } },
    annotations: { 'lca.openshift.io/b': 'r' },
  };
  const both = {
    spec: { stage: 'Prep', seedImageRef: { image: 'x' } },
    annotations: { 'lca.openshift.io/a': 'file', 'lca.openshift.io/b': 'r' },
  };
  t.deepEqual(reconciled(seen, file, resource), { file: both, resource: both });
});

test('Once they have met nothing is left to do', (t) => {
  fc.assert(
    fc.property(fc.option(contents, { nil: undefined }), contents, contents, (agreed, file, resource) => {
      const seen = agreed === undefined ? undefined : { file: agreed, resource: agreed };
      const next = reconciled(seen, file, resource);
      t.deepEqual(reconciled(next, next.file, next.resource), next);
    }),
  );
});

test('A field that the API server does not keep stays in the file and is not written again', (t) => {
  const file = { spec: { stage: 'Idle', dropped: 1 }, annotations: {} };
  const resource = { spec: { stage: 'Idle' }, annotations: {} };
  t.deepEqual(reconciled({ file, resource }, file, resource), { file, resource });
});

test('Fields that are null say nothing', (t) => {
  t.true(sameContent(UNASKED, { spec: { stage: 'Idle', additionalImages: null }, annotations: {} }));
});
