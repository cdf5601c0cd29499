import { bootedNode, type NodeOptions } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import { lcaBinary } from './lca-binary.ts';

/** A node with lca installed and its agent running. */
export async function nodeWithLca(options: NodeOptions): Promise<VmNode> {
  const node = await bootedNode(options);
  await installLca(node);
  return node;
}

export async function installLca(node: VmNode): Promise<void> {
  await node.copyIn(await lcaBinary(), '/var/tmp/lca');
  await node.sh('/var/tmp/lca install && rm /var/tmp/lca && systemctl daemon-reload', { timeoutMs: 300_000 });
  await node.sh('systemctl start lca-agent.service', { timeoutMs: 300_000 });
}
