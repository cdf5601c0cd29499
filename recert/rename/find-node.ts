import type { NameRule } from '../certificate/name-rules.ts';
import { findFields, readObject } from '../codec/object/index.ts';
import { utf8 } from '../codec/text.ts';
import type { RecertInputs } from '../options/inputs.ts';
import { RecertError } from '../recert-error.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What the node is called, what it will be called, and what follows for names in certificates. */
export interface NodeChange {
  /** Root of the key of the Node object; undefined when nothing is renamed. */
  readonly nodeKey: string | undefined;
  readonly hostname: { readonly from: string; readonly to: string } | undefined;
  readonly ips: readonly { readonly from: string; readonly to: string }[];
  readonly nameRules: readonly NameRule[];
  /** New peer URLs of the only etcd member. */
  readonly memberPeerUrls: readonly string[] | undefined;
}

const NO_CHANGE: NodeChange = {
  nodeKey: undefined,
  hostname: undefined,
  ips: [],
  nameRules: [],
  memberPeerUrls: undefined,
};

/**
 * Looks up what a rename of the node starts from: the only Node object's name and its InternalIPs.
 *
 * @throws RecertError `nothing-found` without exactly one node, `bad-option` when the number of IPs differs
 */
export async function findNode(
  { etcd }: Workspace,
  roots: readonly string[],
  { hostname, ips }: RecertInputs,
): Promise<NodeChange> {
  if (hostname === undefined && ips.length === 0) return NO_CHANGE;
  if (etcd === undefined) {
    throw new RecertError('bad-option', 'Renaming the node needs the database, to know its present name.');
  }
  const keys = (await Promise.all(roots.map((root) => etcd.keys(`/${root}/minions/`)))).flat();
  const [nodeKey] = keys;
  const value = nodeKey === undefined ? undefined : await etcd.get(nodeKey);
  if (nodeKey === undefined || value === undefined || keys.length !== 1) {
    throw new RecertError('nothing-found', `The database holds ${keys.length} nodes where one is expected.`);
  }
  const { name } = readObject(value);
  const oldIps = internalIps(value);
  if (ips.length > 0 && ips.length !== oldIps.length) {
    throw new RecertError('bad-option', `The node has ${oldIps.length} IPs, ${ips.length} were given.`);
  }
  const ipChanges = ips
    .map((to, index) => ({ from: oldIps[index] as string, to }))
    .filter(({ from, to }) => from !== to);
  const nameChange = hostname === undefined || hostname === name ? undefined : { from: name, to: hostname };
  const nameRules: NameRule[] = ipChanges.map(({ from, to }) => ({ kind: 'exact', from, to }));
  if (nameChange !== undefined) {
    const { from, to } = nameChange;
    nameRules.push({ kind: 'exact', from, to });
    nameRules.push({ kind: 'self-made', from, to });
    nameRules.push({ kind: 'exact', from: `system:node:${from}`, to: `system:node:${to}` });
  }
  return {
    nodeKey,
    hostname: nameChange,
    ips: ipChanges,
    nameRules,
    memberPeerUrls: await peerUrls(etcd, ipChanges),
  };
}

function internalIps(node: Uint8Array): readonly string[] {
  const types = findFields(node, 'status.addresses[*].type').map(({ bytes }) => utf8(bytes));
  const addresses = findFields(node, 'status.addresses[*].address').map(({ bytes }) => utf8(bytes));
  return addresses.filter((_, index) => types[index] === 'InternalIP');
}

async function peerUrls(
  etcd: NonNullable<Workspace['etcd']>,
  ips: NodeChange['ips'],
): Promise<readonly string[] | undefined> {
  if (ips.length === 0) return undefined;
  const [member] = await etcd.client.members();
  const before = member?.peerUrls ?? [];
  const after = before.map((url) => {
    const at = new URL(url);
    const change = ips.find(({ from }) => at.hostname === from || at.hostname === `[${from}]`);
    return change === undefined
      ? url
      : url.replace(at.host, at.host.replace(change.from, bracketed(change.to, at.hostname)));
  });
  return after.join() === before.join() ? undefined : after;
}

function bracketed(to: string, hostname: string): string {
  const isAlready = hostname.startsWith('[');
  return to.includes(':') && !isAlready ? `[${to}]` : to;
}
