import { editFields, findFields, readObject } from '../codec/object/index.ts';
import { fromUtf8, utf8 } from '../codec/text.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { NodeChange } from './find-node.ts';
import { renameFiles } from './rename-files.ts';
import { type Replacement, replaceNames } from './replace-name.ts';

/** The fields that hold a node's name or address, by resource: replaced where they are equal. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'minions/': ['metadata.labels{*}', 'status.addresses[*].address'],
  'pods/': ['spec.nodeName', 'status.hostIP', 'status.podIP', 'status.podIPs[*].ip', 'status.hostIPs[*].ip'],
  'services/endpoints/': [
    'subsets[*].addresses[*].ip',
    'subsets[*].addresses[*].nodeName',
    'subsets[*].notReadyAddresses[*].ip',
    'subsets[*].notReadyAddresses[*].nodeName',
  ],
  'endpointslices/': [
    'endpoints[*].addresses[*]',
    'endpoints[*].nodeName',
    'endpoints[*].deprecatedTopology{*}',
  ],
  'leases/kube-node-lease/': ['spec.holderIdentity', 'metadata.ownerReferences[*].name'],
  'volumeattachments/': ['spec.nodeName'],
  'persistentvolumes/': ['spec.nodeAffinity.required.nodeSelectorTerms[*].matchExpressions[*].values[*]'],
};

/**
 * Texts in which they stand among other things: a node's networks and what drivers know it as; the owners of a list's
 * entries, which JSON names by their content.
 */
const TEXTS: Readonly<Record<string, string>> = {
  // who leads, where Kubernetes keeps that on an Endpoints
  'services/endpoints/': 'metadata.annotations{*}',
  'minions/': 'metadata.annotations{*}',
  'pods/': 'metadata.managedFields[*].fieldsV1.raw',
};

/** ConfigMaps whose texts name the node or its address. */
const CONFIGMAPS = [
  'configmaps/kube-system/kubeadm-config',
  'configmaps/kube-system/kube-proxy',
  'configmaps/kube-public/cluster-info',
];

/**
 * Gives the only node of a stopped cluster another name and address: Node, Lease, pods, endpoints, volumes bound to it,
 * kubeadm's ConfigMaps and files. What the kubelet makes again by itself (mirror pods, CSINode, certificate requests)
 * and what a DaemonSet pins to the old name is removed, and so are the leases of its former processes, and events, which
 * tell of another node's past.
 *
 * @returns the containers changed
 */
export async function renameNode(
  workspace: Workspace,
  roots: readonly string[],
  { nodeKey, hostname, ips }: NodeChange,
): Promise<readonly string[]> {
  const replacements: readonly Replacement[] = [...ips, ...(hostname === undefined ? [] : [hostname])];
  const { etcd } = workspace;
  if (replacements.length === 0 || etcd === undefined) return [];
  const changed: string[] = [];
  for (const root of roots) {
    const at = `/${root}/`;
    await removeBound(etcd, at, hostname, changed);
    for (const key of await etcd.removeAll(`${at}events/`)) changed.push(`etcd:${key}`);
    for (const [resource, fields] of Object.entries(FIELDS)) {
      for await (const [key, before] of etcd.entries(at + resource)) {
        const renamed = replaceEqual(before, fields, replacements);
        const inside = TEXTS[resource];
        const after = inside === undefined ? renamed : replaceInTexts(renamed, inside, replacements);
        if (after === before) continue;
        await etcd.put(key, after);
        changed.push(`etcd:${key}`);
      }
    }
    for (const key of CONFIGMAPS) {
      await edit(etcd, at + key, changed, (value) => replaceInTexts(value, 'data{*}', replacements));
    }
    for (const { from } of ips) await remove(etcd, `${at}masterleases/${from}`, changed);
    if (hostname !== undefined) {
      await move(etcd, `${at}leases/kube-node-lease/${hostname.from}`, hostname.to, changed);
    }
  }
  if (nodeKey !== undefined && hostname !== undefined) await move(etcd, nodeKey, hostname.to, changed);
  changed.push(...(await renameFiles(workspace, replacements)));
  return changed;
}

async function removeBound(
  etcd: EtcdOverlay,
  at: string,
  hostname: Replacement | undefined,
  changed: string[],
): Promise<void> {
  for await (const [key, value] of etcd.entries(`${at}pods/`)) {
    const isMirror = findFields(value, 'metadata.annotations{"kubernetes.io/config.mirror"}').length > 0;
    const isPinned = texts(value, 'metadata.ownerReferences[*].kind').includes('DaemonSet');
    if (isMirror || (isPinned && hostname !== undefined)) await remove(etcd, key, changed);
  }
  if (hostname === undefined) return;
  await remove(etcd, `${at}csinodes/${hostname.from}`, changed);
  await removeHeld(etcd, at, hostname, changed);
  for await (const [key, value] of etcd.entries(`${at}certificatesigningrequests/`)) {
    if (texts(value, 'spec.username').includes(`system:node:${hostname.from}`))
      await remove(etcd, key, changed);
  }
}

/** Where the old name stands in a lease: `name_uuid` who leads, and the label of an API server's own. */
const HELD = ['spec.holderIdentity', 'metadata.labels{*}'];

/** Removes the leases of who ran on the old node: a successor would wait for them to run out, and write of whom it waits. */
async function removeHeld(
  etcd: EtcdOverlay,
  at: string,
  hostname: Replacement,
  changed: string[],
): Promise<void> {
  for await (const [key, value] of etcd.entries(`${at}leases/`)) {
    if (key.startsWith(`${at}leases/kube-node-lease/`)) continue;
    const names = HELD.flatMap((pattern) => texts(value, pattern));
    if (names.some((text) => replaceNames(text, [hostname]) !== text)) await remove(etcd, key, changed);
  }
}

/** Replaces whole field values. */
function replaceEqual(
  value: Uint8Array,
  fields: readonly string[],
  replacements: readonly Replacement[],
): Uint8Array {
  const edits = fields.flatMap((pattern) =>
    findFields(value, pattern).flatMap(({ path, bytes }) => {
      const to = replacements.find(({ from }) => Buffer.compare(bytes, Buffer.from(from)) === 0)?.to;
      return to === undefined ? [] : [{ path, set: fromUtf8(to) }];
    }),
  );
  return edits.length === 0 ? value : editFields(value, edits);
}

/** Replaces names inside texts. */
function replaceInTexts(
  value: Uint8Array,
  pattern: string,
  replacements: readonly Replacement[],
): Uint8Array {
  const edits = findFields(value, pattern).flatMap(({ path, bytes }) => {
    const text = utf8(bytes);
    const renamed = replaceNames(text, replacements);
    return renamed === text ? [] : [{ path, set: fromUtf8(renamed) }];
  });
  return edits.length === 0 ? value : editFields(value, edits);
}

async function edit(
  etcd: EtcdOverlay,
  key: string,
  changed: string[],
  change: (value: Uint8Array) => Uint8Array,
): Promise<void> {
  const before = await etcd.get(key);
  if (before === undefined) return;
  const after = change(before);
  if (after === before) return;
  await etcd.put(key, after);
  changed.push(`etcd:${key}`);
}

async function remove(etcd: EtcdOverlay, key: string, changed: string[]): Promise<void> {
  if ((await etcd.get(key)) === undefined) return;
  await etcd.remove(key);
  changed.push(`etcd:${key}`);
}

/** Stores an object under another name. */
async function move(etcd: EtcdOverlay, key: string, name: string, changed: string[]): Promise<void> {
  const value = await etcd.get(key);
  if (value === undefined) return;
  const newKey = `${key.slice(0, -readObject(value).name.length)}${name}`;
  await etcd.put(newKey, editFields(value, [{ path: 'metadata.name', set: fromUtf8(name) }]));
  await etcd.remove(key);
  changed.push(`etcd:${key}`, `etcd:${newKey}`);
}

function texts(value: Uint8Array, pattern: string): readonly string[] {
  return findFields(value, pattern).map(({ bytes }) => utf8(bytes));
}
