import { SEED_GENERATOR_IMMUTABLE, SEED_GENERATOR_SINGLETON } from '../../../core/contract/seed-generator.ts';
import { API_GROUP } from '../../../core/contract/stage.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
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

const version = (name: string, storage: boolean, rules: Schema): Schema => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  additionalPrinterColumns: COLUMNS,
  schema: {
    openAPIV3Schema: object(
      'A seed image to be made of this node.',
      {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        spec,
        status,
      },
      rules,
    ),
  },
});

/** The CustomResourceDefinition of SeedGenerator: both versions have the same fields. */
export const SEED_GENERATOR_DEFINITION: NewObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `seedgenerators.${API_GROUP}` },
  spec: {
    group: API_GROUP,
    scope: 'Cluster',
    names: {
      kind: 'SeedGenerator',
      listKind: 'SeedGeneratorList',
      plural: 'seedgenerators',
      singular: 'seedgenerator',
      shortNames: ['seedgen'],
    },
    conversion: { strategy: 'None' },
    versions: [
      version('v1', true, { 'x-kubernetes-validations': [SINGLETON] }),
      version('v1alpha1', false, {}),
    ],
  },
};
