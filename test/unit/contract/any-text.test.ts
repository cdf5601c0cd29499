import test from 'ava';
import * as fc from 'fast-check';
import { ContractError } from '../../../core/contract/contract-error.ts';
import { parseRequest } from '../../../core/contract/image-based-upgrade.ts';
import { parseObjects } from '../../../core/contract/objects.ts';
import { parsePivot } from '../../../core/contract/pivot.ts';
import { parseSeedGenerator } from '../../../core/contract/seed-generator.ts';
import { parseImageList } from '../../../core/contract/seed-image-list.ts';
import { parseSeedInfo } from '../../../core/contract/seed-info.ts';
import { parseSeedReconfiguration } from '../../../core/contract/seed-reconfiguration.ts';
import { parseStatus } from '../../../core/contract/status.ts';

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseRequest: (text) => parseRequest(text),
  parseStatus: (text) => parseStatus(text),
  parseObjects: (text) => parseObjects(text, 'objects/x.yaml'),
  parsePivot: (text) => parsePivot(text),
  parseSeedGenerator: (text) => parseSeedGenerator(text),
  parseImageList: (text) => parseImageList(text),
  parseSeedInfo: (text) => parseSeedInfo(text),
  parseSeedReconfiguration: (text) => parseSeedReconfiguration(text),
};

const HEADS = [
  '',
  'apiVersion: lca.openshift.io/v1\nkind: ImageBasedUpgrade\nmetadata: {name: upgrade}\nspec:\n  stage: Prep\n',
  'apiVersion: lca.openshift.io/v1alpha1\nkind: ImageBasedUpgrade\nspec: ',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: ',
  '{"api_version": 1, "lca": ',
];

const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]\n`)
  .join('')}`;

/** Throws unless the parser takes the text or refuses it properly. */
function survives(name: string, parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ContractError))
      throw new Error(`${name} threw ${String(error)}`, { cause: error });
    if (error.problems.length === 0 || !/^\S/.test(error.message))
      throw new Error(`${name} said nothing`, { cause: error });
  }
}

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`${name} takes any text or refuses it with a ContractError.`, (t) => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.tuple(fc.constantFrom(...HEADS), fc.json()).map(([head, rest]) => head + rest),
      fc.tuple(fc.constantFrom(...HEADS), fc.string()).map(([head, rest]) => head + rest),
    );
    const property = fc.property(text, (given) => survives(name, parse, given));
    t.notThrows(() => fc.assert(property, { numRuns: 300 }));
  });

  test(`${name} is not brought down by aliases, depth or odd keys.`, (t) => {
    for (const text of [
      BOMB,
      '&a [*a]',
      '['.repeat(50_000),
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      '? {a: b}\n: c\n',
      '? [a]\n: c\n',
      '__proto__: {stage: Prep}\nconstructor: 1\n',
      '{"__proto__": {"api_version": 1}}',
      '!!binary x',
      '%YAML 9.9\n---\na: 1\n',
      '<<: [1, 2]\n',
    ]) {
      t.notThrows(() => survives(name, parse, text), text.slice(0, 30));
    }
  });
}
