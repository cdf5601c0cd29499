// node bin/check.js: everything that can be said of the sources without running them.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.js';
import { ROOT, runToEnd } from './checkout.js';

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
 * systemd wants to see the programs that units start and the units they name, so it looks at a directory where lca is
 * installed beside the machine's own units. It succeeds in spite of misspelt settings: any word about ours counts.
 *
 * @param {(text: string) => void} show
 */
async function verifyUnits(show) {
  const root = mkdtempSync(join(tmpdir(), 'units-'));
  const [system, own, program] = ['usr/lib/systemd/system', 'etc/systemd/system', 'usr/local/bin/lca'];
  try {
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    writeFileSync(join(root, program), '', { mode: 0o755 });
    cpSync(`/${system}`, join(root, system), { recursive: true, verbatimSymlinks: true });
    cpSync(join(ROOT, 'units', system), join(root, own), { recursive: true });
    const units = readdirSync(join(root, own)).filter((name) => name.endsWith('.service'));
    let complaints = '';
    const succeeded = await runs((text) => (complaints += text), 'systemd-analyze', [
      'verify',
      '--man=no',
      `--root=${root}`,
      ...units,
    ]);
    // RestartMode= came with systemd 254, and older ones do by themselves what it asks for
    const ours = complaints
      .split('\n')
      .filter((line) => line.includes('lca-') && !/Unknown key .*RestartMode/.test(line));
    show((succeeded ? ours : [complaints]).join('\n'));
    return succeeded && ours.length === 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bootstrap();
  const { failed } = await check((line) => console.log(line));
  process.exitCode = failed > 0 ? 1 : 0;
}
