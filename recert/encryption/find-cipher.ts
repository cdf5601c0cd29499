import type { Host } from '../../core/host/host.ts';
import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { editFields, findFields, readObject } from '../codec/object/index.ts';
import { latin1 } from '../codec/text.ts';
import { parseConfigText } from '../options/config-text.ts';
import type { RecertInputs } from '../options/inputs.ts';
import { listFiles } from '../scan/scan-files.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { KeyRing } from './key-ring.ts';

const KIND = 'EncryptionConfiguration';
/** The data key under which OpenShift keeps a component's configuration, and the raw key it was made from. */
const CONFIG_FIELD = 'data{encryption-config}';
const RAW_KEY_FIELD = 'data{"encryption.apiserver.operator.openshift.io-key"}';

/** Where configurations lie, for writing the new ones back. */
export interface FoundCipher {
  readonly ring: KeyRing;
  readonly files: readonly string[];
}

/**
 * Collects the encryption-at-rest configurations: files below the scanned trees and those a user names first, because
 * they open the Secrets that hold OpenShift's others.
 */
export async function findCipher(
  client: EtcdClient | undefined,
  host: Host,
  roots: readonly string[],
  inputs: RecertInputs,
): Promise<FoundCipher> {
  const ring = new KeyRing();
  const places: string[] = [];
  const { config } = inputs;
  const replaceKube = await parseConfigText(config.kube_encryption_config, host);
  const paths = new Set(inputs.encryptionConfigs);
  for (const directory of new Set([...inputs.cryptoDirs, ...inputs.renameDirs])) {
    for (const path of await listFiles(host, directory)) paths.add(path);
  }
  for (const path of paths) {
    const content = await host.readBytes(path);
    if (content === undefined || !Buffer.from(content).includes(KIND)) continue;
    if (ring.add(latin1(content), replaceKube)) places.push(path);
  }
  for (const key of client === undefined ? [] : await configSecrets(client, roots)) {
    const entry = await client?.get(key);
    if (entry === undefined) continue;
    const replacement = key.includes('oauth-apiserver')
      ? config.oauth_encryption_config
      : key.includes('kube-apiserver')
        ? config.kube_encryption_config
        : config.openshift_encryption_config;
    const text = await parseConfigText(replacement, host);
    for (const { bytes } of findFields(ring.open(key, entry.value), CONFIG_FIELD))
      ring.add(latin1(bytes), text);
  }
  return { ring, files: places };
}

/** Writes the new configurations where the old ones were. @returns the containers changed */
export async function writeEncryptionConfigs(
  { etcd, files }: Workspace,
  roots: readonly string[],
  found: FoundCipher,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const path of found.files) {
    await files.edit(path, (content) => Buffer.from(found.ring.successorOf(latin1(content)) ?? '', 'latin1'));
    changed.push(`file:${path}`);
  }
  if (etcd === undefined) return changed;
  for (const key of await configSecrets(etcd.client, roots)) {
    const isEdited = await etcd.edit(key, (value) => {
      const edits = findFields(value, CONFIG_FIELD).flatMap(({ path, bytes }) => {
        const successor = found.ring.successorOf(latin1(bytes));
        return successor === undefined ? [] : [{ path, set: Buffer.from(successor, 'latin1') }];
      });
      return edits.length === 0 ? value : editFields(value, edits);
    });
    if (isEdited) changed.push(`etcd:${key}`);
  }
  for (const root of roots) changed.push(...(await writeRawKeys(etcd, root, found.ring)));
  return changed;
}

/** `encryption-key-<component>-<key name>`: the raw key, and the name when it ends in the old key's. */
async function writeRawKeys(etcd: EtcdOverlay, root: string, ring: KeyRing): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const key of await etcd.keys(`/${root}/secrets/openshift-config-managed/encryption-key-`)) {
    const value = await etcd.get(key);
    const [field] = value === undefined ? [] : findFields(value, RAW_KEY_FIELD);
    const replaced = field === undefined ? undefined : ring.successorOfSecret(field.bytes);
    if (value === undefined || field === undefined || replaced === undefined) continue;
    const { name } = readObject(value);
    const ending = `-${replaced.before.name}`;
    const newName = name.endsWith(ending) ? `${name.slice(0, -ending.length)}-${replaced.after.name}` : name;
    const newKey = `${key.slice(0, -name.length)}${newName}`;
    const edited = editFields(value, [
      { path: field.path, set: replaced.after.secret },
      { path: 'metadata.name', set: Buffer.from(newName) },
    ]);
    await etcd.put(newKey, edited);
    if (newKey !== key) await etcd.remove(key);
    changed.push(`etcd:${key}`, `etcd:${newKey}`);
  }
  return changed;
}

async function configSecrets(client: EtcdClient, roots: readonly string[]): Promise<readonly string[]> {
  const keys = await Promise.all(roots.map((root) => client.keys(`/${root}/secrets/openshift-`)));
  return keys.flat().filter((key) => /\/encryption-config(-|$)/.test(key));
}
