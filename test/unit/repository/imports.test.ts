import test from 'ava';
import { parse, type Source, sources } from './sources.ts';

/** Who may import whom: the rooms of design.md §2, from the top of the house down. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['cli', 'builder', 'bootagent', 'recert', 'butane', 'core'],
  builder: ['builder', 'recert', 'core'],
  bootagent: ['bootagent', 'recert', 'core'],
  recert: ['recert', 'core'],
  butane: ['butane', 'core'],
  core: ['core'],
};

const MACHINE_ACCESS = new Set([
  'core/host/real-host.ts',
  'core/host/replace-unchanged.ts',
  'core/host/commands.ts',
  'core/host/resolve-in-root.ts',
]);
/** The one file outside the rooms that a source reads: the program's version. */
const VERSION = 'package.json';

/** Besides schemas and their syntax only arithmetic: a file's digest. */
const CONTRACT_PACKAGES = new Set(['zod', 'yaml', 'node:crypto']);

function room(path: string): string {
  return path.split('/')[0] ?? '';
}

function below(directory: string): (path: string) => boolean {
  return (path) => path.startsWith(`${directory}/`);
}

/** Lines `a imports b` for every import of a matching source that is not allowed. */
function forbidden(
  all: readonly Source[],
  applies: (source: Source) => boolean,
  allowed: (imported: string, source: Source) => boolean,
): readonly string[] {
  return all
    .filter(applies)
    .flatMap((source) =>
      source.ownImports
        .filter((imported) => !allowed(imported, source))
        .map((imported) => `${source.path} imports ${imported}`),
    );
}

function forbiddenPackages(
  all: readonly Source[],
  applies: (source: Source) => boolean,
  allowed: (name: string) => boolean,
): readonly string[] {
  return all
    .filter(applies)
    .flatMap((source) =>
      source.packages.filter((name) => !allowed(name)).map((name) => `${source.path} imports ${name}`),
    );
}

function roomDirection(all: readonly Source[]): readonly string[] {
  return forbidden(
    all,
    () => true,
    (imported, source) =>
      imported === VERSION || (MAY_IMPORT[room(source.path)] ?? []).includes(room(imported)),
  );
}

test('rooms import only rooms below them, and builder and bootagent never each other', (t) => {
  t.deepEqual(roomDirection(sources()), []);
});

test('the rule of the rooms sees static, lazy and type-only imports', (t) => {
  const builder = (text: string) => roomDirection([parse('builder/a/b.ts', text)]);
  const complaint = ['builder/a/b.ts imports bootagent/x.ts'];
  t.deepEqual(builder("import { x } from '../../bootagent/x.ts';"), complaint);
  t.deepEqual(builder("import type { X } from '../../bootagent/x.ts';"), complaint);
  t.deepEqual(builder("export * from '../../bootagent/x.ts';"), complaint);
  t.deepEqual(builder("const { x } = await import('../../bootagent/x.ts');"), complaint);
  t.deepEqual(builder("import '../../bootagent/x.ts';"), complaint);
  t.deepEqual(builder("// import { x } from '../../bootagent/x.ts';\nimport '../../core/x.ts';"), []);
});

test('core/contract imports only zod, yaml, the errors, itself, digests and the type of a host', (t) => {
  const contract = (source: Source) => below('core/contract')(source.path);
  t.deepEqual(
    forbidden(
      sources(),
      contract,
      (path, { typeImports }) =>
        below('core/contract')(path) ||
        below('core/errors')(path) ||
        (path === 'core/host/host.ts' && typeImports.includes(path)),
    ),
    [],
  );
  t.deepEqual(
    forbiddenPackages(sources(), contract, (name) => CONTRACT_PACKAGES.has(name)),
    [],
  );
});

test('tools know the host and not the steps, the host knows neither, and nothing imports a plan but what runs it', (t) => {
  const all = sources();
  t.deepEqual(
    forbidden(
      all,
      ({ path }) => below('core/host')(path),
      (path) => below('core/host')(path) || below('core/errors')(path),
    ),
    [],
  );
  t.deepEqual(
    forbidden(
      all,
      ({ path }) => below('core/tools')(path),
      (path) =>
        ['core/tools', 'core/host', 'core/errors', 'core/contract', 'core/log'].some((d) => below(d)(path)),
    ),
    [],
  );
  t.deepEqual(
    forbidden(
      all,
      ({ path }) => path.includes('/steps/'),
      (path) => !path.endsWith('/plan.ts'),
    ),
    [],
  );
});

test('only the real host touches processes and files', (t) => {
  const machine = /^(execa|(node:)?(fs|child_process)(\/promises)?)$/;
  t.deepEqual(
    forbiddenPackages(
      sources(),
      ({ path }) => !MACHINE_ACCESS.has(path),
      (name) => !machine.test(name),
    ),
    [],
  );
});
