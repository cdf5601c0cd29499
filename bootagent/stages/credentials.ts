import { isAuthFile } from '../../core/contract/auth-file.ts';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { readObjects } from '../../core/contract/objects.ts';
import { DEFAULT_NAMESPACE } from '../../core/contract/stage.ts';
import type { Host } from '../../core/host/host.ts';
import { StageError } from './stage-error.ts';
import { WORKSPACE } from './workspace.ts';

/** Where a node keeps its own registry credentials, the first that exists. */
const NODE_AUTH_FILES = [
  '/var/lib/kubelet/config.json',
  '/etc/containers/auth.json',
  '/var/roothome/.config/containers/auth.json',
  '/var/roothome/.docker/config.json',
] as const;

const KEY = '.dockerconfigjson';

/**
 * The auth file to pull with: the request's Secret, written to a file (0600), else the node's own; undefined if there
 * is none.
 *
 * @param path where to write a Secret to
 * @throws ContractError if the Secret is not there, StageError `bad-reference` if it holds no auth file
 */
export async function authFileFor(
  host: Host,
  request: UpgradeRequest,
  path: string = WORKSPACE.authFile,
): Promise<string | undefined> {
  const name = request.seedImageRef?.pullSecretRef;
  if (name === null || name === undefined) return nodeAuthFile(host);
  const objects = await readObjects(host);
  const secret = objects.secret({ name, namespace: DEFAULT_NAMESPACE }, 'spec.seedImageRef.pullSecretRef');
  const text = secret.data[KEY];
  if (text === undefined || !isAuthFile(text)) {
    const wrong =
      text === undefined ? `has no key ${KEY}` : `has a key ${KEY} that is not a registry auth file`;
    throw new StageError('bad-reference', `Secret ${DEFAULT_NAMESPACE}/${name} (${secret.file}) ${wrong}.`, {
      remedy: `Put the JSON that "podman login --authfile" writes into ${KEY}.`,
    });
  }
  if ((await host.readText(path)) !== text) await host.writeAtomic(path, text, { mode: 0o600 });
  return path;
}

/** The node's own registry credentials. */
export async function nodeAuthFile(host: Host): Promise<string | undefined> {
  for (const path of NODE_AUTH_FILES) {
    if ((await host.stat(path))?.type === 'file') return path;
  }
  return undefined;
}
