import { fromUtf8, utf8 } from '../codec/text.ts';
import { listFiles } from '../scan/scan-files.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Replacement, replaceNames } from './replace-name.ts';

/** Manifests, kubeconfigs and settings: the files that name a node. */
const NAMED = /\.(ya?ml|json|conf|env|cfg)$|kubeconfig/i;
/** What pods left behind is not the node's configuration. */
const FOREIGN = /\/(pods|plugins|plugins_registry|device-plugins)\//;

/** Replaces names in the text files of the rename trees. @returns the files changed, as containers */
export async function renameFiles(
  { files, renameDirs, renameFiles: singles }: Workspace,
  replacements: readonly Replacement[],
): Promise<readonly string[]> {
  const changed: string[] = [];
  const trees = await Promise.all(renameDirs.map((directory) => listFiles(files.host, directory)));
  for (const path of new Set([...singles, ...trees.flat()])) {
    if (!NAMED.test(path) || FOREIGN.test(path)) continue;
    await files.edit(path, (content) => {
      const text = textOf(content);
      const renamed = text === undefined ? undefined : replaceNames(text, replacements);
      if (renamed === undefined || renamed === text) return content;
      changed.push(`file:${path}`);
      return fromUtf8(renamed);
    });
  }
  return changed;
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return utf8(content);
  } catch {
    return undefined;
  }
}
