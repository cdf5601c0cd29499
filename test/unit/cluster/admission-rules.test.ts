// The admission rules of the definitions, which Kubernetes 1.25 and later evaluate, by another CEL evaluator: the API
// server of the cluster tests is older and does not know them.
import { isDeepStrictEqual } from 'node:util';
import { type CelInput, celEnv, parse, plan } from '@bufbuild/cel';
import test from 'ava';
import fc from 'fast-check';
import { IMAGE_BASED_UPGRADE_DEFINITION } from '../../../bootagent/cluster/definitions/image-based-upgrade.ts';
import { SEED_GENERATOR_DEFINITION } from '../../../bootagent/cluster/definitions/seed-generator.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Resource = { readonly [key: string]: Json };
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}
interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** As an API server has it: objects are maps, whole numbers are int. */
function cel(value: Json): CelInput {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map((one) => cel(one as Json));
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, cel(one)]));
}

const planned = new Map<string, ReturnType<typeof plan>>();

/** The messages of all rules that refuse; a rule about the old object counts only when there is one, as in an API server. */
function refusals(definition: NewObject, version: string, self: Resource, oldSelf?: Resource): string[] {
  const { versions } = (definition as unknown as Definition).spec;
  const schema = versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`There is no version ${version}.`);
  return refusalsOf(schema, self, oldSelf);
}

function refusalsOf(schema: Schema, self: Json, oldSelf: Json | undefined): string[] {
  const messages: string[] = [];
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (rule.includes('oldSelf') && oldSelf === undefined) continue;
    const bindings = { self: cel(self), ...(oldSelf === undefined ? {} : { oldSelf: cel(oldSelf) }) };
    let evaluate = planned.get(rule);
    if (evaluate === undefined) planned.set(rule, (evaluate = plan(celEnv(), parse(rule))));
    const verdict: unknown = evaluate(bindings);
    if (typeof verdict !== 'boolean') throw new Error(`${rule}: ${String(verdict)}`);
    if (!verdict) messages.push(message);
  }
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const now = (self as Resource)[name];
    if (now !== undefined)
      messages.push(...refusalsOf(below, now, (oldSelf as Resource | undefined)?.[name]));
  }
  return messages;
}

const NEXT =
  'the stage transition is not permitted. Please refer to status.validNextStages for valid transitions';
const changed = (field: string): string => `can not change spec.${field} while ibu is in progress`;
const status = (idle: boolean, ...validNextStages: string[]): Resource => ({
  conditions: [{ type: 'Idle', status: idle ? 'True' : 'False' }],
  validNextStages,
});
const ibu = (spec: Resource | undefined, now?: Resource, name = 'upgrade'): Resource => ({
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
  ...(now === undefined ? {} : { status: now }),
});
const SEED = { image: 'quay.io/seed:1', version: '1' };
const OTHER = { image: 'quay.io/seed:2', version: '2' };
const upgrade = (self: Resource, oldSelf?: Resource, version = 'v1'): string[] =>
  refusals(IMAGE_BASED_UPGRADE_DEFINITION, version, self, oldSelf);

test('the singleton has one name, in the stored version', (t) => {
  t.deepEqual(upgrade(ibu({ stage: 'Idle' })), []);
  t.deepEqual(upgrade(ibu({ stage: 'Idle' }, undefined, 'other')), [
    "ibu is a singleton, metadata.name must be 'upgrade'",
  ]);
  t.deepEqual(upgrade(ibu({ stage: 'Idle' }, undefined, 'other'), undefined, 'v1alpha1'), []);
});

test('the seed image can be changed at rest, not in progress, and on the way to rest', (t) => {
  const before = (idle: boolean): Resource =>
    ibu({ stage: 'Prep', seedImageRef: SEED }, status(idle, 'Idle', 'Upgrade'));
  for (const version of ['v1', 'v1alpha1']) {
    t.deepEqual(upgrade(ibu({ stage: 'Prep', seedImageRef: OTHER }), before(true), version), []);
    t.deepEqual(upgrade(ibu({ stage: 'Prep', seedImageRef: OTHER }), before(false), version), [
      changed('seedImageRef'),
    ]);
    t.deepEqual(upgrade(ibu({ stage: 'Prep' }), before(false), version), [changed('seedImageRef')]);
    t.deepEqual(upgrade(ibu({ stage: 'Idle', seedImageRef: OTHER }), before(false), version), []);
    t.deepEqual(upgrade(ibu({ stage: 'Upgrade', seedImageRef: SEED }), before(false), version), []);
  }
});

test('only a valid next stage is taken, and the same stage always', (t) => {
  const before = ibu({ stage: 'Prep', seedImageRef: SEED }, status(false, 'Idle'));
  t.deepEqual(upgrade(ibu({ stage: 'Upgrade', seedImageRef: SEED }), before), [NEXT]);
  t.deepEqual(upgrade(ibu({ stage: 'Prep', seedImageRef: SEED }), before), []);
  t.deepEqual(upgrade(ibu({ stage: 'Idle', seedImageRef: SEED }), before), []);
  t.deepEqual(upgrade(ibu({ stage: 'Prep' }), ibu({ stage: 'Idle' })), [], 'before the agent has spoken');
  t.deepEqual(upgrade(ibu(undefined), ibu(undefined, status(false, 'Idle'))), []);
});

const FIELDS = ['seedImageRef', 'oadpContent', 'extraManifests', 'autoRollbackOnFailure'] as const;
const STAGES = ['Idle', 'Prep', 'Upgrade', 'Rollback'] as const;
const VALUES: Readonly<Record<(typeof FIELDS)[number], readonly Json[]>> = {
  seedImageRef: [SEED, OTHER, { version: '1', image: 'quay.io/seed:1' }],
  oadpContent: [[], [{ name: 'a', namespace: 'b' }], [{ name: 'a', namespace: 'c' }]],
  extraManifests: [[{ name: 'a', namespace: 'b' }], []],
  autoRollbackOnFailure: [{ initMonitorTimeoutSeconds: 1800 }, { initMonitorTimeoutSeconds: 60 }, {}],
};

test('every rule says what it means, for any two requests', (t) => {
  const spec = fc.record(
    {
      stage: fc.constantFrom(...STAGES),
      ...Object.fromEntries(FIELDS.map((field) => [field, fc.constantFrom(...VALUES[field])])),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Resource>;
  const state = fc.record({ idle: fc.boolean(), next: fc.subarray([...STAGES]) });
  fc.assert(
    fc.property(fc.option(spec), fc.option(spec), fc.option(state), (after, before, now) => {
      const oldSelf = ibu(before ?? undefined, now === null ? undefined : status(now.idle, ...now.next));
      const self = ibu(after ?? undefined);
      const stage = after?.['stage'];
      const free = now === null || now.idle || stage === 'Idle';
      const wanted = FIELDS.filter(
        (field) => !free && !isDeepStrictEqual(after?.[field], before?.[field]),
      ).map(changed);
      const isNew = stage !== undefined && stage !== before?.['stage'];
      if (now !== null && isNew && !now.next.includes(stage as (typeof STAGES)[number])) wanted.push(NEXT);
      t.deepEqual(upgrade(self, oldSelf), wanted);
    }),
    { numRuns: 1_000 },
  );
});

test('what a SeedGenerator wishes cannot be changed', (t) => {
  const seed = (image: string, name = 'seedimage'): Resource => ({
    metadata: { name },
    spec: { seedImage: image },
  });
  const at = (self: Resource, oldSelf?: Resource, version = 'v1'): string[] =>
    refusals(SEED_GENERATOR_DEFINITION, version, self, oldSelf);
  t.deepEqual(at(seed('a')), []);
  t.deepEqual(at(seed('a'), seed('a')), []);
  for (const version of ['v1', 'v1alpha1']) t.is(at(seed('b'), seed('a'), version).length, 1);
  t.is(at(seed('a', 'other')).length, 1);
});
