import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type PreviousLayers, planLayers, VAR_BUDGET } from './layer-plan.ts';
import type { LayerPlan } from './layer-writer.ts';
import type { SeedPart } from './member-rules.ts';
import type { ByteName } from './tar-header.ts';

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'character';

/** Something in a directory tree. */
export interface TreeEntry {
  /** Name below the listed directory's parent: `var/lib/x`. */
  readonly name: ByteName;
  readonly type: EntryType;
  readonly size: number;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  s: 'socket',
  b: 'block',
  c: 'character',
};
const HOUR = 3_600_000;

/**
 * Lists a tree, itself included, sorted bytewise. Names may hold anything. Other filesystems mounted in it are not
 * entered, but their mount points are listed.
 *
 * @param parent the directory that names start from
 * @param name the tree's own name in there: `var`
 */
export async function listTree(
  host: Host,
  parent: string,
  name: string,
  signal?: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const top = join(parent, name);
  const find = host.stream(['find', '-H', top, '-xdev', '-printf', '%y %s %P\\0'], {
    description: `list ${top}`,
    timeoutMs: HOUR,
    ...(signal === undefined ? {} : { signal }),
  });
  const entries: TreeEntry[] = [];
  let rest = '';
  for await (const chunk of find.stdout as AsyncIterable<Buffer>) {
    const records = (rest + chunk.toString('latin1')).split('\0');
    rest = records.pop() ?? '';
    for (const record of records) {
      const space = record.indexOf(' ', 2);
      const below = record.slice(space + 1);
      const type = TYPES[record[0] as string];
      if (type === undefined) continue; // gone between being found and being looked at
      entries.push({
        name: below === '' ? name : `${name}/${below}`,
        type,
        size: Number(record.slice(2, space)),
      });
    }
  }
  await find.done;
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Plans the layers of `etc` or `var`: all directories first, in a layer of their own and with a fixed time (theirs
 * changes with every file that comes and goes), then everything else. So each member's directory is stored before it,
 * as readers demand. Large directories of /var get a layer each.
 */
export function planTreeLayers(
  part: SeedPart & ('etc' | 'var'),
  directory: string,
  entries: readonly TreeEntry[],
  previous: PreviousLayers = [],
): readonly LayerPlan[] {
  const directories = entries.filter(({ type }) => type === 'directory').map(({ name }) => name);
  const others = entries.filter(({ type }) => type !== 'directory');
  const plans: LayerPlan[] = [
    {
      record: { name: `${part} directories`, part, components: [] },
      directory,
      names: directories,
      modificationTime: 0,
    },
  ];
  if (part === 'etc') {
    if (others.length > 0) {
      plans.push({
        record: { name: 'etc', part, components: [] },
        directory,
        names: others.map(({ name }) => name),
      });
    }
    return plans;
  }
  const components = Map.groupBy(others, ({ name }) => varComponent(name));
  const layers = planLayers(
    [...components].map(([name, members]) => ({
      name,
      objects: members.map((member) => member.name),
      bytes: members.reduce((sum, member) => sum + member.size, 0),
    })),
    VAR_BUDGET,
    previous,
  );
  for (const { name, components: names, objects } of layers) {
    plans.push({ record: { name, part, components: names }, directory, names: objects });
  }
  return plans;
}

/** `var/lib/x/…` → `lib/x`; `var/home/…` → `home`. */
function varComponent(name: ByteName): string {
  const segments = name.split('/').slice(1, -1);
  return segments.slice(0, segments[0] === 'lib' ? 2 : 1).join('/') || '.';
}
