import test from 'ava';
import { ManifestError } from '../../../bootagent/manifests/manifest-error.ts';
import { checkCount, labelsFor, manifestsOfPolicies } from '../../../bootagent/manifests/policies.ts';
import { TARGET_MANIFEST_COUNT } from '../../../core/contract/annotations.ts';
import { requestFor } from '../../support/upgrade-story.ts';

const object = (name: string, label?: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    ...(label === undefined ? {} : { labels: { 'lca.openshift.io/target-ocp-version': label } }),
  },
  status: { old: true },
});

interface Over {
  readonly wave?: string | undefined;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly templates?: readonly (readonly [complianceType: string, object: unknown])[];
}

function policy(name: string, { wave = '1', spec = {}, templates = [] }: Over) {
  return {
    apiVersion: 'policy.open-cluster-management.io/v1',
    kind: 'Policy',
    metadata: { name, annotations: wave === '' ? {} : { 'ran.openshift.io/ztp-deploy-wave': wave } },
    spec: {
      remediationAction: 'inform',
      ...spec,
      'policy-templates': [
        {
          objectDefinition: {
            kind: 'ConfigurationPolicy',
            spec: {
              'object-templates': templates.map(([complianceType, objectDefinition]) => ({
                complianceType,
                objectDefinition,
              })),
            },
          },
        },
      ],
    },
  };
}

const have = (name: string, label?: string) => ['musthave', object(name, label)] as const;
const names = (policies: readonly unknown[], version = '4.16.2') =>
  manifestsOfPolicies(policies, version).map((group) => group.map(({ name }) => name));

test('an object is taken if its label is the release, its minor version or the version as it stands', (t) => {
  t.deepEqual(labelsFor('4.16.2-rc.1'), ['4.16.2-rc.1', '4.16.2', '4.16']);
  const templates = ['4.16', '4.16.2', '4.16.20', '4.15', undefined].map((label) =>
    have(`for-${label}`, label),
  );
  t.deepEqual(names([policy('ztp.one', { templates })]), [['for-4.16', 'for-4.16.2']]);
});

test('policies come by deploy wave and name, one group each', (t) => {
  const one = (name: string, wave: string) => policy(name, { wave, templates: [have(name, '4.16')] });
  t.deepEqual(names([one('z.b', '10'), one('z.a', '10'), one('z.c', '2'), one('z.odd', 'early')]), [
    ['z.odd'],
    ['z.c'],
    ['z.a'],
    ['z.b'],
  ]);
});

test('policies that are enforced, disabled, not replicated or without a deploy wave are passed over', (t) => {
  const templates = [have('x', '4.16')];
  t.deepEqual(
    names([
      policy('z.enforced', { templates, spec: { remediationAction: 'Enforce' } }),
      policy('z.disabled', { templates, spec: { disabled: true } }),
      policy('root', { templates }),
      policy('z.waveless', { templates, wave: '' }),
      'no policy at all',
    ]),
    [],
  );
});

test('musthave is merged and mustonlyhave replaced, also where the object had no annotations; mustnothave is passed over', (t) => {
  const [[merged, replaced] = []] = manifestsOfPolicies(
    [
      policy('z.p', {
        templates: [
          have('m', '4.16'),
          ['mustonlyhave', object('r', '4.16')],
          ['mustnothave', object('n', '4.16')],
        ],
      }),
    ],
    '4.16.2',
  );
  t.is(merged?.object.metadata.annotations?.['lca.openshift.io/apply-type'], 'merge');
  t.is(replaced?.object.metadata.annotations?.['lca.openshift.io/apply-type'], 'replace');
  t.deepEqual(merged?.object['status'], {});
});

test('a compliance type that is not known is refused', (t) => {
  t.throws(() => names([policy('z.p', { templates: [['mayhave', object('x', '4.16')]] })]), {
    instanceOf: ManifestError,
    message: /^unsupported compliance type: mayhave/,
  });
});

test('a number of manifests that was announced must be found', (t) => {
  const groups = manifestsOfPolicies(
    [policy('z.p', { templates: [have('a', '4.16'), have('b', '4.16')] })],
    '4.16.2',
  );
  const announcing = (count: string) =>
    requestFor('Prep', { annotations: { [TARGET_MANIFEST_COUNT]: count } });
  t.notThrows(() => checkCount(requestFor('Prep'), groups));
  t.notThrows(() => checkCount(announcing('2'), groups));
  t.throws(() => checkCount(announcing('3'), groups), {
    instanceOf: ManifestError,
    message: 'The labeled manifests count found in policies 2 does not match the expected manifests count 3',
  });
});
