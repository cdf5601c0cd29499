import type { Host } from '../core/host/host.ts';
import { sameContent } from '../core/host/same-content.ts';
import type { EntryType, TreeEntry } from '../core/seedimage/tree.ts';

/** How a deployment's /etc differs from its commit's defaults. */
export interface EtcChanges {
  /** Names below the deployment (`etc/foo`): what was added or changed, with every directory above it, sorted. */
  readonly kept: readonly TreeEntry[];
  /** Paths relative to /etc of what was removed; of a removed directory only the directory itself. */
  readonly deletions: readonly string[];
}

interface Listed extends TreeEntry {
  /** Everything but content that makes two things different. */
  readonly properties: string;
}

/**
 * Compares `<deployment>/usr/etc` with `<deployment>/etc` as `ostree admin config-diff` does: type, content, owner,
 * mode, target of links. ostree's own output cannot be used: it ends names with newlines, so a name that holds one is
 * ambiguous, and it lists a changed directory's content twice.
 */
export async function findEtcChanges(host: Host, deployment: string): Promise<EtcChanges> {
  const defaults = await listWithProperties(host, `${deployment}/usr`);
  const current = await listWithProperties(host, deployment);
  const isDefault = (name: string): Promise<boolean> => {
    const path = Buffer.from(name, 'latin1').toString();
    return sameContent(host, `${deployment}/usr/${path}`, `${deployment}/${path}`);
  };
  const changed = new Map<string, TreeEntry>();
  for (const [name, entry] of current) {
    const before = defaults.get(name);
    const same =
      before !== undefined &&
      before.properties === entry.properties &&
      (entry.type !== 'file' || (await isDefault(name)));
    if (!same || name === 'etc') changed.set(name, entry);
  }
  for (const name of changed.keys()) {
    for (let parent = above(name); parent !== '' && !changed.has(parent); parent = above(parent)) {
      changed.set(parent, current.get(parent) as Listed);
    }
  }
  const deletions = [...defaults.keys()]
    .filter((name) => !current.has(name) && current.get(above(name))?.type === 'directory')
    .map((name) => Buffer.from(name.slice('etc/'.length), 'latin1').toString());
  return { kept: [...changed.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), deletions };
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

async function listWithProperties(host: Host, parent: string): Promise<ReadonlyMap<string, Listed>> {
  const top = host.machinePath(`${parent}/etc`);
  const find = host.stream(['find', top, '-xdev', '-printf', '%y %s %m %U %G\\0%P\\0%l\\0'], {
    description: `list ${parent}/etc`,
    timeoutMs: 600_000,
  });
  const pieces: string[] = [];
  for await (const chunk of find.stdout as AsyncIterable<Buffer>) pieces.push(chunk.toString('latin1'));
  await find.done;
  const fields = pieces.join('').split('\0');
  const entries: [string, Listed][] = [];
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [letter, size = '', ...owner] = (fields[i] as string).split(' ');
    const type = TYPES[letter as string] ?? 'file';
    const below = fields[i + 1] as string;
    const name = below === '' ? 'etc' : `etc/${below}`;
    // a link has no mode of its own, a directory's size says nothing
    const mode = type === 'symlink' ? owner.slice(1) : owner;
    const properties = [type, type === 'file' ? size : '', ...mode, fields[i + 2]].join(' ');
    entries.push([name, { name, type, size: Number(size), properties }]);
  }
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function above(name: string): string {
  const slash = name.lastIndexOf('/');
  return slash < 0 ? '' : name.slice(0, slash);
}
