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
 * V8 writes its code cache in an order that depends on a random number, and takes it only from a V8 with the same
 * flags: hence the same seed when building and when running. See docs/decisions/0002-single-executable.md.
 */
const FIXED_SEED = '--hash-seed=1';

/**
 * Makes dist/lca, the single executable: this checkout's Node without its symbols, the bundled program with V8's code
 * cache, the unit files, and the libraries that Node needs besides glibc. The same inputs give the same bytes; if they are those of the dist/lca that is there,
 * nothing is done.
 *
 * @returns its path
 */
export async function buildExecutable(): Promise<string> {
  const output = join(CHECKOUT, 'dist', 'lca');
  const program = await bundle(CHECKOUT, await commitOf(CHECKOUT));
  const libraries = await librariesOfNode();
  const recipe = [import.meta.filename, join(import.meta.dirname, 'start', 'start.c')];
  const files = [process.execPath, ...recipe, ...ASSETS.map((asset) => join(CHECKOUT, asset))];
  const inputs = await digest([program, ...libraries.values()], files);
  const inputsFile = `${output}.inputs`;
  if (existsSync(output) && existsSync(inputsFile) && (await readFile(inputsFile, 'utf8')) === inputs)
    return output;

  const work = join(CHECKOUT, 'dist', `.work-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    await writeFile(join(work, 'lca.cjs'), program);
    await execa('strip', ['-o', join(work, 'node'), process.execPath]);
    await writeFile(join(work, 'sea.json'), JSON.stringify(seaConfiguration()));
    await execa(process.execPath, [FIXED_SEED, '--build-sea', 'sea.json'], { cwd: work });
    if (process.arch === 'x64') await addLibraries(work, libraries);
    await rename(join(work, 'lca'), output);
    await writeFile(inputsFile, inputs);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return output;
}

/** Paths are relative to the working directory, since they end up in the output. */
function seaConfiguration(): object {
  return {
    main: 'lca.cjs',
    executable: 'node',
    output: 'lca',
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: [FIXED_SEED],
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
