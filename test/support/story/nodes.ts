import { setTimeout as delay } from 'node:timers/promises';
import { STATUS_PATH } from '../../../core/contract/paths.ts';
import { type Condition, parseStatus, type Status } from '../../../core/contract/status.ts';
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

/** `lca status -o json` */
export async function statusOf(node: VmNode): Promise<Status> {
  return JSON.parse(await node.sh('lca status -o json', { timeoutMs: 120_000 })) as Status;
}

export function condition(status: Status, type: Condition['type']): Condition | undefined {
  return status.conditions.find((known) => known.type === type);
}

/** The stateroot that runs. */
export async function bootedStateroot(node: VmNode): Promise<string> {
  return node.sh("sed -E 's#.*ostree=/ostree/boot[^/]*/([^/]+)/.*#\\1#' /proc/cmdline");
}

/** What `status.yaml` says: looking at it costs the node next to nothing, while `lca status` costs a second of its time. */
async function writtenStatus(node: VmNode): Promise<Status> {
  return parseStatus(await node.sh(`cat ${STATUS_PATH}`, { timeoutMs: 120_000 }));
}

/**
 * Looks until a status is as wanted, across reboots: while the node is not to be reached, it is asked again. A node that
 * is being measured is not kept busy by it.
 *
 * @throws Error with the status and the console's end when the time is over
 */
export async function untilStatus(
  node: VmNode,
  what: string,
  isWanted: (status: Status, stateroot: string) => boolean,
  timeoutMs = 900_000,
): Promise<Status> {
  const until = Date.now() + timeoutMs;
  let last = 'never reached';
  for (;;) {
    try {
      const status = await writtenStatus(node);
      const stateroot = await bootedStateroot(node);
      last = `${stateroot}: ${JSON.stringify(status.conditions, undefined, 1)}`;
      if (isWanted(status, stateroot)) return status;
    } catch (error) {
      last = `${last}\n(${error instanceof Error ? error.message : String(error)})`.slice(-4_000);
    }
    // a kernel that stays dead, as under QEMU's fault (bin/emulator.js), comes to nothing any more
    if (Date.now() > until || node.console.isDeadAfterPanic()) {
      throw new Error(
        `Node ${node.name} did not come to this: ${what}. Last seen: ${last}\n${node.console.tail()}`,
      );
    }
    await delay(1_500);
  }
}
