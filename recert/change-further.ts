import { type FoundCipher, writeEncryptionConfigs } from './encryption/find-cipher.ts';
import type { RecertInputs } from './options/inputs.ts';
import type { RecertHooks } from './recert-result.ts';
import { setKubeadminHash } from './reissue/kubeadmin.ts';
import { renewHostKeys } from './ssh/host-keys.ts';
import type { Workspace } from './workspace/workspace.ts';

/**
 * What is changed besides crypto and names: the kubeadmin password, SSH host keys, the keys of encryption at rest, and
 * what a platform has of its own.
 *
 * @returns the locations changed
 */
export async function changeFurther(
  workspace: Workspace,
  roots: readonly string[],
  cipher: FoundCipher | undefined,
  inputs: RecertInputs,
  hooks: RecertHooks,
): Promise<readonly string[]> {
  const { kubeadminPasswordHash, sshKeyDir, stateDir } = inputs;
  const changed: string[] = [];
  if (workspace.etcd !== undefined && kubeadminPasswordHash !== undefined) {
    const keys = await setKubeadminHash(workspace.etcd, roots, kubeadminPasswordHash);
    changed.push(...keys.map((key) => `etcd:${key}`));
  }
  if (sshKeyDir !== undefined) {
    const paths = await renewHostKeys(workspace.files, sshKeyDir, `${stateDir}/ssh`);
    changed.push(...paths.map((path) => `file:${path}`));
  }
  if (cipher !== undefined) changed.push(...(await writeEncryptionConfigs(workspace, roots, cipher)));
  changed.push(...((await hooks.renamePlatform?.(workspace, inputs)) ?? []));
  return changed;
}
