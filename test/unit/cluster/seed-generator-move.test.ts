import test from 'ava';
import { type SeedGeneratorMove, seedGeneratorMove } from '../../../bootagent/cluster/seed-generator-move.ts';
import { type SeedGeneratorOutcome, seedGeneratorConditions } from '../../../core/contract/seed-generator.ts';

const status = (outcome: SeedGeneratorOutcome, isLaunched = false) => ({
  observedGeneration: 1,
  conditions: seedGeneratorConditions(outcome, 'x', new Date(0)),
  lca: { request: 'r', isLaunched },
});
const known = { uid: 'a', text: 'x', toldEndOf: null };
const told = { ...known, toldEndOf: 'r' };
const text = 'x';

const CASES: readonly (readonly [
  string,
  Partial<Parameters<typeof seedGeneratorMove>[0]>,
  SeedGeneratorMove,
])[] = [
  ['nothing anywhere', {}, 'rest'],
  ['made in the cluster', { uid: 'a' }, 'take-over'],
  ['made in the cluster after a finished one', { uid: 'a', status: status('Completed') }, 'take-over'],
  ['made by file', { text }, 'make-resource'],
  ['both, and never met', { text, uid: 'a' }, 'agree'],
  ['both, as they were', { text, uid: 'a', known }, 'agree'],
  ['the resource deleted before anything was done', { text, known }, 'drop'],
  ['the resource deleted while waiting', { text, known, status: status('InProgress') }, 'drop'],
  [
    'the resource deleted by the builder',
    { text, known, status: status('InProgress', true) },
    'make-resource',
  ],
  [
    'the seed ended before the resource was back',
    { text, known, status: status('Completed') },
    'make-resource',
  ],
  ['the resource deleted after its end', { text, known: told, status: status('Failed') }, 'drop'],
  ['the file deleted after its end', { uid: 'a', known: told, status: status('Completed') }, 'drop'],
  [
    'the file deleted while a seed is made',
    { uid: 'a', known, status: status('InProgress', true) },
    'restore-file',
  ],
  ['the file deleted while the API is away', { known, status: status('InProgress', true) }, 'restore-file'],
  ['both deleted', { known: told, status: status('Completed') }, 'drop'],
  [
    'deleted and made anew between two looks',
    { text, uid: 'b', known: told, status: status('Failed') },
    'take-over',
  ],
  ['made anew while a seed is made', { text, uid: 'b', known, status: status('InProgress', true) }, 'agree'],
];

for (const [what, sides, move] of CASES) {
  test(`${what}: ${move}`, (t) => {
    const nothing = { text: undefined, status: null, known: undefined, uid: undefined };
    t.is(seedGeneratorMove({ ...nothing, ...sides }), move);
  });
}
