import { editFields } from '../codec/object/index.ts';
import type { EtcdOverlay } from '../workspace/etcd-overlay.ts';

/**
 * The kubeadmin password: a bcrypt hash to store, or an empty text to delete the secret, so that the seed's password
 * never works.
 *
 * @returns the keys touched
 */
export async function setKubeadminHash(
  etcd: EtcdOverlay,
  roots: readonly string[],
  hash: string,
): Promise<readonly string[]> {
  const touched: string[] = [];
  for (const root of roots) {
    const key = `/${root}/secrets/kube-system/kubeadmin`;
    if ((await etcd.get(key)) === undefined) continue;
    if (hash === '') await etcd.remove(key);
    else {
      await etcd.edit(key, (value) =>
        editFields(value, [{ path: 'data{kubeadmin}', set: Buffer.from(hash) }]),
      );
    }
    touched.push(key);
  }
  return touched;
}
