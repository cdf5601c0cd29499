import test from 'ava';
import * as fc from 'fast-check';
import { type Component, planLayers, SYSTEM_BUDGET } from '../../../../core/seedimage/layer-plan.ts';

const MIB = 1024 * 1024;
const components = fc
  .uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9.+-]{0,12}$/), mib: fc.integer({ min: 0, max: 80 }) }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 300 },
  )
  .map((list) =>
    list.map(({ name, mib }): Component => ({ name, objects: [`${name}-1`, `${name}-2`], bytes: mib * MIB })),
  );

test('every object is in exactly one layer, and there are never more layers than a container engine takes', (t) => {
  fc.assert(
    fc.property(components, (list) => {
      const layers = planLayers(list, SYSTEM_BUDGET);
      const objects = layers.flatMap((layer) => layer.objects);
      t.is(new Set(objects).size, objects.length);
      t.is(objects.length, list.length * 2);
      t.true(layers.length <= SYSTEM_BUDGET.large + SYSTEM_BUDGET.shared);
    }),
  );
});

test('the order in which components are found does not matter', (t) => {
  fc.assert(
    fc.property(components, (list) => {
      t.deepEqual(planLayers(list.toReversed(), SYSTEM_BUDGET), planLayers(list, SYSTEM_BUDGET));
    }),
  );
});

test('with an earlier plan nothing moves, whatever is added, removed or grows', (t) => {
  fc.assert(
    fc.property(components, components, (before, after) => {
      const earlier = planLayers(before, SYSTEM_BUDGET);
      const place = new Map(earlier.flatMap((layer) => layer.components.map((name) => [name, layer.name])));
      for (const layer of planLayers(after, SYSTEM_BUDGET, earlier)) {
        for (const name of layer.components) if (place.has(name)) t.is(place.get(name), layer.name);
      }
      t.pass();
    }),
  );
});

test('without an earlier plan a small change still leaves all other small components where they were', (t) => {
  const small = (count: number): Component[] =>
    Array.from({ length: count }, (_, i) => ({ name: `package-${i}`, objects: [`object-${i}`], bytes: MIB }));
  const one = planLayers(small(200), SYSTEM_BUDGET);
  const two = planLayers(small(201), SYSTEM_BUDGET);
  const changed = two.filter((layer) => !one.some((other) => other.objects.join() === layer.objects.join()));
  t.is(changed.length, 1);
});
