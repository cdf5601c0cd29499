import test from 'ava';
import fc from 'fast-check';
import { parseLabelledObjects } from '../../../bootagent/backup/apply-label.ts';
import { checksumsText, parseChecksums } from '../../../bootagent/backup/checksums.ts';
import { hostPathsOf, overlaps } from '../../../bootagent/backup/host-paths.ts';
import { volumeName } from '../../../bootagent/backup/volume-index.ts';
import { inWaves, isWave } from '../../../bootagent/backup/waves.ts';
import { durationSeconds } from '../../../core/contract/velero/resource.ts';
import { digestOf } from '../../../core/seedimage/digest.ts';

test('apply-label: three, four and five parts as documented, doubles dropped, nothing trimmed', (t) => {
  const object = (group: string, version: string, resource: string, namespace: string, name: string) => ({
    group,
    version,
    resource,
    namespace,
    name,
  });
  t.deepEqual(
    parseLabelledObjects(
      'v1/namespaces/demo,v1/secrets/ns/s,rbac.authorization.k8s.io/v1/clusterroles/klusterlet,apps/v1/deployments/ns/d,v1/secrets/ns/s',
    ),
    {
      objects: [
        object('', 'v1', 'namespaces', '', 'demo'),
        object('', 'v1', 'secrets', 'ns', 's'),
        object('rbac.authorization.k8s.io', 'v1', 'clusterroles', '', 'klusterlet'),
        object('apps', 'v1', 'deployments', 'ns', 'd'),
      ],
    },
  );
  for (const wrong of ['', 'a', 'a/b', 'a/b/c/d/e/f', 'v1//x'])
    t.deepEqual(parseLabelledObjects(`v1/namespaces/demo,${wrong}`), { wrong });
});

test('Waves: lowest first, none and empty last, names inside, whatever the order they come in', (t) => {
  const waves = fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }));
  const item = fc.record({ name: fc.string(), wave: waves });
  fc.assert(
    fc.property(fc.array(item), (items) => {
      const annotated = items.map(({ name, wave }) => ({
        name,
        wave: wave ?? 2_147_483_647,
        annotations: wave === null ? {} : { 'lca.openshift.io/apply-wave': String(wave) },
      }));
      const groups = inWaves(annotated);
      t.is(groups.flat().length, items.length);
      const numbers = groups.map((group) => new Set(group.map(({ wave }) => wave)));
      t.true(numbers.every(({ size }) => size === 1));
      const order = numbers.map((set) => [...set][0] ?? 0);
      t.deepEqual(
        order,
        [...new Set(annotated.map(({ wave }) => wave))].toSorted((a, b) => a - b),
      );
      for (const group of groups)
        t.true(group.every(({ name }, at) => at === 0 || (group[at - 1]?.name ?? '') <= name));
    }),
  );
});

test('A wave is a whole number of 32 bits', (t) => {
  for (const text of [undefined, '', '0', '-7', '2147483647', '+3']) t.true(isWave(text), text);
  for (const text of ['1.5', 'one', ' 1', '0x1', '2147483648', '1e3']) t.false(isWave(text), text);
});

test('A list of checksums is read back as it was written, and anything else is none', (t) => {
  const name = fc.stringMatching(/^[A-Za-z0-9./ -]{1,40}$/).filter((text) => !text.startsWith(' '));
  const object = fc.record({ name, size: fc.nat(), digest: fc.string().map(digestOf) });
  fc.assert(
    fc.property(fc.uniqueArray(object, { selector: ({ name: key }) => key, minLength: 1 }), (objects) => {
      const text = checksumsText(objects);
      t.deepEqual(
        parseChecksums(text),
        objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      );
      t.is(parseChecksums(text.slice(0, -2)), undefined);
    }),
  );
  for (const text of ['', 'x', '\n', '# size 1 a\n', `# size 1 a\n${'0'.repeat(64)}  b\n`])
    t.is(parseChecksums(text), undefined);
});

test('Host paths: commas and newlines part them, blanks around them go', (t) => {
  const of = (value: string) => hostPathsOf({ annotations: { 'lca.openshift.io/host-paths': value } });
  t.deepEqual(of('/var/lib/a, /etc/b\n/var/lib/a\n'), ['/var/lib/a', '/etc/b']);
  t.deepEqual(hostPathsOf({ annotations: {} }), []);
  t.true(overlaps('/a/b', '/a/b/c') && overlaps('/a/b/c', '/a/b') && overlaps('/a', '/a'));
  t.false(overlaps('/a/b', '/a/bc'));
});

test('Archives of different paths have different names, which are legible and safe', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      t.regex(volumeName(`/${a}`), /^[A-Za-z0-9-]+$/);
      t.is(volumeName(`/${a}`) === volumeName(`/${b}`), a === b);
    }),
  );
  t.regex(volumeName('/var/lib/own_data'), /^var-lib-own-data-[0-9a-f]{8}$/);
});

test('Durations as Go writes them', (t) => {
  t.is(durationSeconds('720h0m0s'), 2_592_000);
  t.is(durationSeconds('1.5h'), 5400);
  t.is(durationSeconds('10m5s'), 605);
  t.is(durationSeconds('0'), 0);
});
