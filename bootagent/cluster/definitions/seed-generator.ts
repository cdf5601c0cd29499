import { SEED_GENERATOR_IMMUTABLE, SEED_GENERATOR_SINGLETON } from '../../../core/contract/seed-generator.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { definition } from './definition.ts';
import { conditions, integer, object, type Schema, text } from './schema.ts';

const PULL_SPEC: Schema = { minLength: 1, pattern: '^([a-z0-9]+://)?[\\S]+$' };

const spec = object(
  'What is wished.',
  {
    seedImage: text('Pull spec of the image to make and push.', PULL_SPEC),
    recertImage: text('Read and without effect: lca brings its own recert.', PULL_SPEC),
  },
  { 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: SEED_GENERATOR_IMMUTABLE }] },
);

const status = object('What came of it. Written by the agent.', {
  observedGeneration: integer('The generation of the spec last looked at.'),
  conditions: conditions(
    'In the order of their transitions; the last one is the newest.',
    ['SeedGenInProgress', 'SeedGenCompleted'],
    ['InProgress', 'Completed', 'Failed'],
  ),
});

/** seed-image.md 1.1 */
const COLUMNS = [
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'State', type: 'string', jsonPath: '.status.conditions[-1:].type' },
  { name: 'Details', type: 'string', jsonPath: '.status.conditions[-1:].message' },
];

const SINGLETON: Schema = {
  rule: "self.metadata.name == 'seedimage'",
  message: SEED_GENERATOR_SINGLETON,
};

/** The CustomResourceDefinition of SeedGenerator. */
export const SEED_GENERATOR_DEFINITION: NewObject = definition({
  kind: 'SeedGenerator',
  shortName: 'seedgen',
  description: 'A seed image to be made of this node.',
  columns: COLUMNS,
  spec,
  status,
  rules: { v1: [SINGLETON], v1alpha1: [] },
});
