import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { filesBelow, ROOT, sources, withoutComments } from './sources.ts';

const MOST_LINES = 300;
const EVERYTHING = [
  'bin',
  'cli',
  'builder',
  'bootagent',
  'recert',
  'butane',
  'core',
  'images',
  'bench',
  'test',
  'units',
];
const NAMELESS = /(^|\/)(utils?|helpers?|common|misc)(\/|\.[a-z.]+$)/;

test('only the command line reads the process: its arguments, its environment, its end', (t) => {
  const readers = sources()
    .filter(({ path }) => !path.startsWith('cli/'))
    .filter(
      ({ text, packages }) =>
        /\bprocess\s*(\.|\[)/.test(withoutComments(text)) || packages.includes('node:process'),
    );
  t.deepEqual(
    readers.map(({ path }) => path),
    [],
  );
});

test('every file and folder has a name that says what it holds', (t) => {
  t.deepEqual(
    filesBelow(...EVERYTHING).filter((path) => NAMELESS.test(path)),
    [],
  );
});

test(`a source of more than ${MOST_LINES} lines says at its top why it is long`, (t) => {
  const long = filesBelow(...EVERYTHING)
    .filter((path) => /\.(ts|js)$/.test(path) && !path.startsWith('test/'))
    .filter((path) => {
      const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
      return (
        lines.length - 1 > MOST_LINES &&
        !lines.slice(0, 3).some((line) => line.startsWith('// Long because '))
      );
    });
  t.deepEqual(long, []);
});

test('no test is switched off and nothing is left to do later', (t) => {
  const unfinished = /TO[D]O|FIX[M]E|\btest\.(skip|todo|only|failing)\b/;
  const found = filesBelow(...EVERYTHING)
    .filter((path) => /\.(ts|js)$/.test(path) && !path.startsWith('test/unit/repository/'))
    .filter((path) => unfinished.test(readFileSync(join(ROOT, path), 'utf8')));
  t.deepEqual(found, []);
});
