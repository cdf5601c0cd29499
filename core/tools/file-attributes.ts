import type { FileStat, Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** A file whose attributes another is to have. */
export interface AttributeCopy {
  readonly from: string;
  readonly to: string;
}

const TIMEOUT_MS = 300_000;
/** They vouch for a file's content (evm(7), ima): the kernel makes them anew. */
const OF_CONTENT = /^security\.(evm|ima)=/;

/**
 * Gives files owner, mode, extended attributes, ACLs and SELinux label of others, where those are files. Two programs for
 * all of them together (getfattr, setfattr), since one `cp` for each pair costs more than all else that is done to a
 * file; that is what is left where the two are not installed.
 *
 * @throws HostError
 */
export async function copyFileAttributes(host: Host, wanted: readonly AttributeCopy[]): Promise<void> {
  const copies: (AttributeCopy & { readonly model: FileStat })[] = [];
  for (const { from, to } of wanted) {
    const model = await host.stat(from);
    if (model?.type === 'file') copies.push({ from, to, model });
  }
  if (copies.length === 0) return;
  const dump = await readExtended(
    host,
    copies.map(({ from }) => host.machinePath(from)),
  );
  if (dump === undefined) {
    await copyOneByOne(host, copies);
    return;
  }
  await Promise.all(
    copies.map(async ({ to, model }) => {
      await host.chown(to, model.uid, model.gid);
      await host.chmod(to, model.mode);
    }),
  );
  const byModel = parseDump(dump);
  const blocks = copies.flatMap(({ from, to }) => {
    const lines = byModel.get(host.machinePath(from))?.filter((line) => !OF_CONTENT.test(line)) ?? [];
    return lines.length === 0 ? [] : [`# file: ${quote(host.machinePath(to))}\n${lines.join('\n')}\n`];
  });
  if (blocks.length === 0) return;
  await host.run(['setfattr', '--no-dereference', '--restore=-'], {
    description: 'keep labels and ACLs of the replaced files',
    timeoutMs: TIMEOUT_MS,
    input: blocks.join('\n'),
  });
}

/** Gives a whole tree to the owner and group of a file or directory (chown(1), `--reference`). @throws HostError */
export async function copyOwner(host: Host, from: string, tree: string): Promise<void> {
  await host.run(['chown', '--recursive', `--reference=${host.machinePath(from)}`, host.machinePath(tree)], {
    description: `give ${tree} to the owner of ${from}`,
    timeoutMs: 60_000,
  });
}

/** getfattr's dump of all extended attributes of the files; undefined if the program is not installed. */
async function readExtended(host: Host, paths: readonly string[]): Promise<string | undefined> {
  try {
    const options = ['--dump', '--match=-', '--encoding=hex', '--absolute-names', '--no-dereference'];
    const { stdout } = await host.run(['getfattr', ...options, '--', ...paths], {
      description: 'read labels and ACLs of the files to be replaced',
      timeoutMs: TIMEOUT_MS,
    });
    return stdout;
  } catch (error) {
    if (error instanceof HostError && error.code === 'command-missing') return undefined;
    throw error;
  }
}

/** `name=value` lines by file (getfattr(1), option --dump). */
function parseDump(dump: string): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of dump.split('\n')) {
    const name = /^# file: (.*)$/.exec(line)?.[1];
    if (name !== undefined) {
      lines = [];
      files.set(unquote(name), lines);
    } else if (line !== '') lines.push(line);
  }
  return files;
}

/** Names as the two programs write them: a backslash and ends of lines in octal. */
function quote(path: string): string {
  return path.replaceAll(/[\\\n\r]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function unquote(name: string): string {
  return name.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

async function copyOneByOne(host: Host, copies: readonly AttributeCopy[]): Promise<void> {
  const pairs = copies.flatMap(({ from, to }) => [host.machinePath(from), host.machinePath(to)]);
  const copy = ['cp', '--attributes-only', '--preserve=all', '--no-preserve=timestamps'];
  await host.run(['xargs', '--null', '--max-args=2', ...copy], {
    description: 'keep owners, modes and labels of the replaced files',
    timeoutMs: TIMEOUT_MS,
    input: `${pairs.join('\0')}\0`,
  });
}
