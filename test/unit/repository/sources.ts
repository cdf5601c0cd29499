import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The rooms that make up the program; tests, benchmarks and image recipes may do as they need. */
const ROOMS = ['cli', 'builder', 'bootagent', 'recert', 'butane', 'core'];

/** A source file of the program: its path in the checkout and what it imports. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Paths in the checkout of the sources it imports (statically, lazily or for types only). */
  readonly ownImports: readonly string[];
  /** Those of them of which only types are used, so that nothing is left of the import when the program runs. */
  readonly typeImports: readonly string[];
  /** Everything else it imports, by name: `node:fs/promises`, `zod`. */
  readonly packages: readonly string[];
}

const IMPORT =
  /(?:\b(?:import|export)(?<type>\s+type)?\b[^'"();=]*?\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(?<quote>['"])(?<name>[^'"\n]+)\k<quote>/g;

/** All sources of the program as they stand. */
export function sources(): readonly Source[] {
  return filesBelow(...ROOMS)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => parse(path, readFileSync(join(ROOT, path), 'utf8')));
}

/** Paths of the files in these directories of the checkout. */
export function filesBelow(...directories: readonly string[]): readonly string[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && directories.includes(entry.name))
    .flatMap((entry) =>
      readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(entry.name, name),
      ),
    )
    .toSorted();
}

/** What a source's text imports. */
export function parse(path: string, text: string): Source {
  const imports = [...withoutComments(text).matchAll(IMPORT)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    typeOnly: groups?.['type'] !== undefined,
  }));
  const own = imports
    .filter(({ name }) => name.startsWith('.'))
    .map(({ name, typeOnly }) => ({ path: normalize(join(dirname(path), name)), typeOnly }));
  return {
    path,
    text,
    ownImports: own.map((found) => found.path),
    typeImports: own.filter(({ typeOnly }) => typeOnly).map((found) => found.path),
    packages: imports.map(({ name }) => name).filter((name) => !name.startsWith('.')),
  };
}

/** The text without comments; what is in strings stays. */
export function withoutComments(text: string): string {
  return text.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_all, quoted: string | undefined) => quoted ?? '',
  );
}
