import type { Workspace } from '../workspace/workspace.ts';
import type { NodeChange } from './find-node.ts';

export async function renameNode(
  _workspace: Workspace,
  _roots: readonly string[],
  _change: NodeChange,
): Promise<readonly string[]> {
  return [];
}
