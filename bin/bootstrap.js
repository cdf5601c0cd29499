// Installs what a fresh Debian machine lacks: the packages of debian-packages.txt and node_modules. Says nothing when
// nothing is missing. Progress goes to standard error, so that it never mixes with a command's output.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE, ROOT, runToEnd } from './checkout.js';

const SELF = fileURLToPath(import.meta.url);
const LOCK = join(ROOT, '.cache', 'bootstrap.lock');

/** Installs what is missing, or ends the process; `packages: false` leaves the machine's packages alone. */
export async function bootstrap({ packages = true } = {}) {
  const missing = (packages && missingPackages().length > 0) || !nodeModulesAreComplete();
  if (!missing) return;
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  // Others may be at it in this checkout: wait for them, then look again. `--close` keeps the lock out of the hands
  // of anything that an installation leaves running.
  const args = ['--close', LOCK, process.execPath, SELF, '--locked', ...(packages ? [] : ['--no-packages'])];
  const { code } = await runToEnd('flock', args);
  if (code !== 0) {
    say('This checkout is not ready to run.');
    process.exit(code);
  }
}

/** @param {boolean} packages */
async function install(packages) {
  if (packages) await installPackages(missingPackages());
  if (!nodeModulesAreComplete()) {
    say('Installing node_modules …');
    // Not `npm ci`: it refuses a lockfile that leaves out optional packages for other kinds of machines. This installs
    // the same locked versions, and changes neither package.json nor the lockfile.
    await runQuietly('npm', [
      'install',
      '--no-save',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
  }
}

/** @param {readonly string[]} missing */
async function installPackages(missing) {
  if (missing.length === 0) return;
  say(`Installing ${missing.length} Debian packages: ${missing.join(' ')} …`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      `These Debian packages are missing; install them as root: apt-get install ${missing.join(' ')}`,
    );
  }
  const patience = ['-o', 'DPkg::Lock::Timeout=900', '-o', 'Acquire::Retries=3'];
  process.env['DEBIAN_FRONTEND'] = 'noninteractive';
  await runQuietly('apt-get', [...patience, 'update']).catch((error) => say(messageOf(error)));
  await runQuietly('apt-get', [...patience, 'install', '--yes', '--no-install-recommends', ...missing]);
}

/** @returns {string[]} names in debian-packages.txt that are not installed; none on a machine without dpkg */
function missingPackages() {
  const file = join(ROOT, 'bin', 'debian-packages.txt');
  if (!existsSync(file)) return [];
  const wanted = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((name) => name !== '');
  const query = spawnSync(
    'dpkg-query',
    ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...wanted],
    {
      encoding: 'utf8',
    },
  );
  if (query.error) {
    say(`This is no Debian machine; the tests need what Debian calls: ${wanted.join(' ')}`);
    return [];
  }
  const installed = new Set(query.stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return wanted.filter((name) => !installed.has(`${name} installed`));
}

/**
 * Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed. Packages for
 * other machines (optional ones) may be absent.
 */
function nodeModulesAreComplete() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(NODE)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(ROOT, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path];
    if (path === '' || (!found && wanted.optional)) return true;
    return found?.version === wanted.version && found?.integrity === wanted.integrity;
  });
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>}
 */
function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
}

/**
 * Runs a program and shows what it printed only if it fails.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
async function runQuietly(program, args) {
  let output = '';
  const { code } = await runToEnd(program, args, { errorsToo: true, onOutput: (text) => (output += text) });
  if (code !== 0)
    throw new Error(`${output.slice(-4000)}\n${program} ${args[0]} failed with exit code ${code}.`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

if (process.argv[1] === SELF) {
  const packages = !process.argv.includes('--no-packages');
  const work = process.argv.includes('--locked') ? install(packages) : bootstrap({ packages });
  work.catch((error) => {
    say(messageOf(error));
    process.exitCode = 1;
  });
}
