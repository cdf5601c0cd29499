import type { Host } from '../../../core/host/host.ts';

const MINUTE = 60_000;

/** The programs that edit a GRUB environment block, by distribution. */
const EDITORS = ['grub2-editenv', 'grub-editenv'] as const;

/** Name of the `grub-editenv` on this node; undefined if it has none. */
export async function environmentEditor(host: Host): Promise<string | undefined> {
  for (const name of EDITORS) {
    for (const directory of ['/usr/bin', '/usr/sbin', '/bin', '/sbin']) {
      if ((await host.stat(`${directory}/${name}`)) !== undefined) return name;
    }
  }
  return undefined;
}

/** The variables of an environment block (GNU GRUB manual, "Environment block"). */
export async function readEnvironment(host: Host, path: string): Promise<ReadonlyMap<string, string>> {
  const text = (await host.readText(path)) ?? '';
  const variables = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0 && !line.startsWith('#')) variables.set(line.slice(0, at), line.slice(at + 1));
  }
  return variables;
}

/** Sets a variable in place: the block's 1024 bytes keep their position on disk, since GRUB itself writes them there. */
export async function setVariable(host: Host, path: string, name: string, value: string): Promise<void> {
  await edit(host, path, ['set', `${name}=${value}`], `set ${name} in ${path}`);
}

export async function unsetVariable(host: Host, path: string, name: string): Promise<void> {
  await edit(host, path, ['unset', name], `clear ${name} in ${path}`);
}

/** Makes an empty environment block where there is none. */
export async function createEnvironment(host: Host, path: string): Promise<void> {
  await edit(host, path, ['create'], `create the GRUB environment block ${path}`);
}

async function edit(host: Host, path: string, words: readonly string[], description: string): Promise<void> {
  const editor = (await environmentEditor(host)) ?? EDITORS[0];
  await host.run([editor, host.machinePath(path), ...words], { description, timeoutMs: MINUTE });
  await host.sync(path);
}
