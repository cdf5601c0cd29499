// node bin/test.js [unit|integration|cluster|vm [NAME]]: runs the checks and all tests, or one suite of them (with
// NAME: the test files, else the titles, that contain it). Tests against a real Kubernetes control plane (cluster) run
// only when they are asked for: its programs may first have to be built. The last line tells how many passed and
// failed, and nothing else.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bootstrap } from './bootstrap.js';
import { check } from './check.js';
import { ROOT, runToEnd } from './checkout.js';
import { consolesWithEmulatorFault } from './emulator.js';
import { TapReader } from './tap.js';

/** @typedef {import('./tap.js').Tally} Tally */

const SUITES = ['unit', 'integration', 'cluster', 'vm'];
const ALWAYS = SUITES.filter((suite) => suite !== 'cluster');
const [only, name] = process.argv.slice(2);

if (only !== undefined && !SUITES.includes(only)) {
  console.error(`There is no suite "${only}"; there are: ${SUITES.join(', ')}.`);
  process.exit(2);
}
/** Set when someone asked to stop: what runs is told by bin/checkout.js, and nothing new is started. */
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (stopped = true));

await bootstrap();
const tally = { passed: 0, failed: 0, skipped: 0 };
if (only === undefined) await add('check', () => check(show));
for (const suite of only === undefined ? ALWAYS : [only]) await add(suite, () => runSuite(suite));
const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
process.exitCode = tally.failed > 0 || stopped ? 1 : 0;

/**
 * @param {string} title
 * @param {() => Promise<Tally>} run
 */
async function add(title, run) {
  if (stopped) return;
  const start = Date.now();
  console.log(`\n── ${title}`);
  const { passed, failed, skipped: left } = await run();
  tally.passed += passed;
  tally.failed += failed;
  tally.skipped += left;
  console.log(
    `── ${title}: ${passed} passed, ${failed} failed in ${Math.round((Date.now() - start) / 1000)} s`,
  );
}

/**
 * @param {string} suite
 * @returns {Promise<Tally>}
 */
async function runSuite(suite) {
  const files = testFiles(suite);
  if (files.length === 0) {
    show(`not ok ${suite} › no test files in test/${suite}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const start = Date.now();
  const first = await runAva(suite, selection(files));
  const found = first.reader.tally;
  const { ending } = first;
  const consoles = suite === 'vm' && found.failed > 0 && !stopped ? consolesWithEmulatorFault(start) : [];
  if (consoles.length > 0) {
    show(`# The emulator made a kernel panic (see bin/emulator.js), on ${consoles.join(', ')}: once more.`);
    const titles = first.reader.failed.flatMap((title) => ['--match', title]);
    const again = (await runAva(suite, [...titles, ...files])).reader.tally;
    if (again.passed === found.failed) return { ...found, passed: found.passed + again.passed, failed: 0 };
  }
  // ava may also fail without a word on any test, and tests that were not found must not look like success.
  if (found.failed === 0 && (ending.code !== 0 || found.passed === 0)) {
    show(`not ok ${suite} › ${found.passed === 0 ? 'no test ran' : 'ava failed'} (exit code ${ending.code})`);
    found.failed += 1;
  }
  return found;
}

/**
 * @param {string} suite
 * @param {readonly string[]} what
 */
async function runAva(suite, what) {
  const reader = new TapReader(show);
  const ending = await runToEnd('ava', ['--tap', ...configuration(suite), ...what], {
    onOutput: (text) => reader.read(text),
  });
  reader.end();
  return { reader, ending };
}

/** @param {string} suite */
function configuration(suite) {
  return suite === 'unit' || suite === 'integration' ? [] : ['--config', `ava.${suite}.config.js`];
}

/** @param {string} suite */
function testFiles(suite) {
  const directory = join('test', suite);
  if (!existsSync(join(ROOT, directory))) return [];
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && (suite !== 'vm' || name !== undefined || isProven(file)))
    .map((file) => join(directory, file))
    .toSorted();
}

/**
 * VM tests that have been seen to pass; see test/vm/README.md.
 * @param {string} file
 */
function isProven(file) {
  return readFileSync(join(ROOT, 'test/vm/proven.txt'), 'utf8').split('\n').includes(file);
}

/** @param {readonly string[]} files */
function selection(files) {
  if (name === undefined) return files;
  const named = files.filter((file) => basename(file).includes(name));
  return named.length > 0 ? named : ['--match', `*${name}*`, ...files];
}

/** @param {string} line */
function show(line) {
  console.log(line);
}
