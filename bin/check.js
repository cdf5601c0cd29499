// node bin/check.js: everything that can be said of the sources without running them.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.js';
import { ROOT, runToEnd } from './checkout.js';

const UNITS = 'units/usr/lib/systemd/system';

/** @type {readonly { name: string, run: (show: (text: string) => void) => Promise<boolean> }[]} */
const CHECKS = [
  { name: 'types of the sources', run: (show) => runs(show, 'tsc', ['-p', '.']) },
  { name: 'types of bin/', run: (show) => runs(show, 'tsc', ['-p', 'bin']) },
  { name: 'lint', run: (show) => runs(show, 'oxlint', ['--type-aware', '--deny-warnings']) },
  {
    name: 'format and order of imports',
    run: (show) => runs(show, 'biome', ['check', '--error-on-warnings']),
  },
  { name: 'nothing unused', run: (show) => runs(show, 'knip', ['--no-progress']) },
  { name: 'systemd units', run: verifyUnits },
];

/**
 * Runs all checks; each counts as one test.
 *
 * @param {(line: string) => void} show
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
export async function check(show) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of CHECKS) {
    let output = '';
    const ok = await run((text) => (output += text));
    tally[ok ? 'passed' : 'failed'] += 1;
    if (!ok && output.trim() !== '') show(output.trimEnd());
    show(`${ok ? 'ok' : 'not ok'} check › ${name}`);
  }
  return tally;
}

/**
 * @param {(text: string) => void} show
 * @param {string} program
 * @param {readonly string[]} args
 */
async function runs(show, program, args) {
  return (await runToEnd(program, args, { onOutput: show, errorsToo: true })).code === 0;
}

/**
 * systemd wants to see the programs that units start, so they are looked at in a directory where lca is installed.
 *
 * @param {(text: string) => void} show
 */
async function verifyUnits(show) {
  const names = readdirSync(join(ROOT, UNITS));
  const root = mkdtempSync(join(tmpdir(), 'lca-units-'));
  try {
    for (const directory of ['etc', 'usr/lib/systemd/system', 'usr/local/bin']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    cpSync(join(ROOT, UNITS), join(root, 'etc/systemd/system'), { recursive: true });
    writeFileSync(join(root, 'usr/local/bin/lca'), '#!/bin/true\n');
    chmodSync(join(root, 'usr/local/bin/lca'), 0o755);
    const units = names.filter((name) => name.endsWith('.service'));
    return await runs(show, 'systemd-analyze', ['verify', '--man=no', `--root=${root}`, ...units]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bootstrap();
  const { failed } = await check((line) => console.log(line));
  process.exitCode = failed > 0 ? 1 : 0;
}
