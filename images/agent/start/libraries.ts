import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What Node is linked against besides glibc. */
const NAMES = ['libstdc++.so.6', 'libgcc_s.so.1', 'libatomic.so.1'] as const;
const DIRECTORIES = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64'];

/** This machine's own copies of the libraries that Node needs besides glibc, by name. */
export async function librariesOfNode(): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const name of NAMES) {
    const path = DIRECTORIES.map((directory) => join(directory, name)).find((candidate) =>
      existsSync(candidate),
    );
    if (path === undefined)
      throw new Error(`${name} is not on this machine; install what bin/debian-packages.txt lists.`);
    found.set(name, await readFile(path));
  }
  return found;
}
