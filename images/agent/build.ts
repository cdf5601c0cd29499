import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { UNITS, UNITS_SOURCE } from '../../core/install/units.ts';
import { bundle } from './bundle.ts';
import { commitOf } from './commit.ts';
import { carryLibraries } from './start/carry-libraries.ts';
import { librariesOfNode } from './start/libraries.ts';
import { compileStart } from './start/start-code.ts';

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Files that go into the executable beside the program, by their paths in the checkout; cli/program-files.ts reads them. */
const ASSETS = UNITS.map((name) => `${UNITS_SOURCE}/${name}`);

/**
 * Makes dist/lca, the single executable: this checkout's Node without its symbols, V8's state after loading the
 * bundled program, the unit files, and the libraries that Node needs besides glibc. If dist/lca was made from the same
 * inputs, nothing is done.
 *
 * @returns its path
 */
export async function buildExecutable(): Promise<string> {
  const output = join(CHECKOUT, 'dist', 'lca');
  const program = await bundle(CHECKOUT, await commitOf(CHECKOUT));
  const libraries = await librariesOfNode();
  const inputs = await inputsOf(program, libraries);
  const inputsFile = `${output}.inputs`;
  if (existsSync(output) && existsSync(inputsFile) && (await readFile(inputsFile, 'utf8')) === inputs)
    return output;

  const work = join(CHECKOUT, 'dist', `.work-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    await writeFile(join(work, 'lca.cjs'), program);
    await execa('strip', ['-o', join(work, 'node'), process.execPath]);
    await writeFile(join(work, 'sea.json'), JSON.stringify(seaConfiguration()));
    // Without a colour, a locale or an option of whoever builds: what the program saw of them would be saved.
    const env = { PATH: process.env['PATH'] ?? '' };
    await execa(process.execPath, ['--build-sea', 'sea.json'], { cwd: work, env, extendEnv: false });
    if (process.arch === 'x64') await addLibraries(work, libraries);
    await rename(join(work, 'lca'), output);
    await writeFile(inputsFile, inputs);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return output;
}

/**
 * Tells executables apart that behave differently: the digest of all that goes into dist/lca, but for the commit that
 * `lca --version` names. What was made with one of them need not be made again for the other.
 */
export async function behaviourOfExecutable(): Promise<string> {
  return inputsOf(await bundle(CHECKOUT, 'any'), await librariesOfNode());
}

async function inputsOf(program: Uint8Array, libraries: ReadonlyMap<string, Buffer>): Promise<string> {
  const recipe = [import.meta.filename, join(import.meta.dirname, 'start', 'start.c')];
  const files = [process.execPath, ...recipe, ...ASSETS.map((asset) => join(CHECKOUT, asset))];
  return digest([program, ...libraries.values()], files);
}

/** Paths are relative to the working directory, since they end up in the output. */
function seaConfiguration(): object {
  return {
    main: 'lca.cjs',
    executable: 'node',
    output: 'lca',
    disableExperimentalSEAWarning: true,
    useSnapshot: true,
    // A node's administrator must not change lca's Node by chance.
    execArgvExtension: 'none',
    assets: Object.fromEntries(ASSETS.map((asset) => [asset, join(CHECKOUT, asset)])),
  };
}

/** Node needs three libraries besides glibc that a machine may lack; the executable brings them. */
async function addLibraries(work: string, libraries: ReadonlyMap<string, Buffer>): Promise<void> {
  const path = join(work, 'lca');
  const executable = await readFile(path);
  await writeFile(path, carryLibraries(executable, await compileStart(work), libraries));
}

async function digest(contents: readonly Uint8Array[], files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  for (const file of files) hash.update(basename(file)).update(await readFile(file));
  return hash.digest('hex');
}

if (import.meta.main) console.log(await buildExecutable());
