import { dirname } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { CryptoPlaces } from '../cluster.ts';
import { readRetainedSigners } from './authorities.ts';
import { componentOf, readControlPlane } from './control-plane.ts';
import type { Flags } from './flags.ts';
import { KUBELET_DIRECTORY, readKubelet } from './kubelet.ts';

/** Where kubeadm and the kubelet keep theirs. */
const DIRECTORIES = ['/etc/kubernetes', KUBELET_DIRECTORY] as const;
/** What the operating system and its packages own is not the cluster's. */
const FOREIGN = /^\/(usr|etc\/ssl|etc\/pki|dev|proc|sys|run|tmp|var\/run|var\/log)(\/|$)/;
const CRYPTO_FILE = /\.(crt|cert|cer|key|pub|pem|kubeconfig)$/;
/** Flags whose file has the form of a kubeconfig, however it is called; any other `.conf` is no crypto. */
const KUBECONFIG_FLAG = /(kubeconfig|webhook-config-file)$/;
/** A part of a path that says what the directory is for: `kubernetes`, `kube-apiserver`, `k8s`, `etcd`, `kubelet-pki`. */
const OF_A_CLUSTER = /(^|[-_.])(kube|k8s|etcd)/;
/** Somebody's home, whatever they are called. */
const HOME = /^\/(var\/)?home\/[^/]+$/;
const ETCD = ['/usr/bin/etcd', '/usr/local/bin/etcd'] as const;
/** An administrator's own kubeconfig, where `/root` of an ostree system leads to. */
const KUBECONFIGS = ['/var/roothome/.kube/config'] as const;

/**
 * Where this node's cluster keeps crypto: the usual directories, and whatever else the flags of the control plane and the
 * kubelet name. Of a directory that is not the cluster's by its name only the named files count: everything in these places
 * is re-issued, and may lie in an image. What is missed so is found when the image is searched for private keys.
 *
 * @throws ClusterNodeError `incomplete` without an etcd of its own
 */
export async function readCryptoPlaces(host: Host): Promise<CryptoPlaces> {
  const kubelet = await readKubelet(host);
  const components = await readControlPlane(host, kubelet.manifests);
  const etcd = componentOf(components, 'etcd');
  const named = [kubelet.flags, ...components.map(({ flags }) => flags)].flatMap(cryptoFiles);
  // an authority's key may be named by no flag
  for (const { certificatePath, keyPath } of await readRetainedSigners(host, components))
    named.push(certificatePath, keyPath);
  const directories = new Set<string>(DIRECTORIES);
  const isCovered = (path: string): boolean => [...directories].some((known) => isWithin(path, known));
  for (const path of [kubelet.manifests, ...named.map((file) => dirname(file)).filter(isOfCluster)]) {
    if (!FOREIGN.test(`${path}/`) && !isCovered(path)) directories.add(path);
  }
  const files: string[] = [];
  for (const path of new Set([...KUBECONFIGS, ...named])) {
    if (FOREIGN.test(path) || isCovered(path)) continue;
    if ((await host.stat(path)) !== undefined) files.push(path);
  }
  const encryption = componentOf(components, 'kube-apiserver').flags.get('encryption-provider-config');
  return {
    dataDirectory: etcd.flags.get('data-dir') ?? `/var/lib/etcd/default.etcd`,
    etcdImage: (await hasEtcd(host)) ? undefined : etcd.image,
    directories: [...directories],
    files,
    encryptionConfigs: encryption === undefined ? [] : [encryption],
  };
}

function cryptoFiles(flags: Flags): string[] {
  return [...flags]
    .flatMap(([name, value]) => value.split(',').map((item) => [name, item] as const))
    .filter(([name, item]) => item.startsWith('/') && (KUBECONFIG_FLAG.test(name) || CRYPTO_FILE.test(item)))
    .map(([, item]) => item);
}

/** Whether all of a directory is the cluster's: a part of its path says so. `/etc` and `/srv/tls` are others' as well. */
function isOfCluster(directory: string): boolean {
  return !HOME.test(directory) && directory.split('/').some((part) => OF_A_CLUSTER.test(part));
}

/** The machine's own etcd is preferred: it needs neither podman nor its storage. */
async function hasEtcd(host: Host): Promise<boolean> {
  for (const path of ETCD) if ((await host.stat(path)) !== undefined) return true;
  return false;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
