import type { Host } from '../../host/host.ts';
import { crictlImages, hasCrictl } from '../../tools/crictl.ts';
import { ctrImages } from '../../tools/ctr.ts';
import { readKubeconfig } from '../../tools/kubernetes/kubeconfig.ts';
import { KubernetesClient } from '../../tools/kubernetes/kubernetes-client.ts';
import { isActive, stopUnit } from '../../tools/systemctl.ts';
import type { Cluster } from '../cluster.ts';
import { CONTAINER_STORAGE } from '../container-storage.ts';
import { hostPlatform } from '../host.ts';
import type { Platform, Workload } from '../platform.ts';
import { podmanStore } from '../podman-store.ts';
import { startWorkloads } from '../start-workloads.ts';
import { storedImages } from '../stored-images.ts';
import { readRetainedSigners } from './authorities.ts';
import { clusterChecks } from './cluster-checks.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { containerdStore, namedImages } from './containerd-store.ts';
import { hasControlPlane, readControlPlane } from './control-plane.ts';
import { readCryptoPlaces } from './crypto-places.ts';
import { examineAuthorities } from './examine-authorities.ts';
import { KUBELET_UNIT, readKubelet } from './kubelet.ts';
import { readProxyPlaces } from './proxy-places.ts';
import { type ContainerRuntime, containerdRoot, readRuntime } from './runtime.ts';
import { stopPods } from './stop-pods.ts';

/** Administrators' kubeconfigs as kubeadm writes them (kubeadm documentation, "kubeconfig files"). */
const KUBECONFIGS = ['/etc/kubernetes/super-admin.conf', '/etc/kubernetes/admin.conf'] as const;

const cluster: Cluster = {
  readFacts: readClusterFacts,
  readCryptoPlaces,
  readProxyPlaces,
  readRetainedSigners: (host) => readRetainedSigners(host),

  async adminKubeconfig(host) {
    for (const path of KUBECONFIGS) if ((await host.stat(path)) !== undefined) return path;
    return undefined;
  },
};

/**
 * A node that runs a whole Kubernetes cluster by itself: kubelet, containerd or CRI-O, and a control plane of static pods
 * (kubeadm) or systemd services. What podman runs beside it counts too.
 */
export const kubernetesPlatform: Platform = {
  name: 'kubernetes',
  cluster,

  detect: hasControlPlane,

  async runningWorkloads(host) {
    const units: Workload[] = [];
    for (const name of await clusterUnits(host)) {
      if (await isActive(host, name)) units.push({ kind: 'unit', name });
    }
    return [...(await hostPlatform.runningWorkloads(host)), ...units];
  },

  async stopWorkloads(host, workloads) {
    const names = await clusterUnits(host);
    const isOfCluster = ({ kind, name }: Workload): boolean => kind === 'unit' && names.includes(name);
    await hostPlatform.stopWorkloads(
      host,
      workloads.filter((workload) => !isOfCluster(workload)),
    );
    const toStop = names.filter((name) =>
      workloads.some((workload) => isOfCluster(workload) && workload.name === name),
    );
    const runtime = await runtimeOf(host);
    for (const name of toStop) {
      // a runtime that stops leaves its pods running
      if (name === runtime.unit && (await isActive(host, name))) await stopPods(host, runtime);
      await stopUnit(host, name);
    }
  },

  startWorkloads,

  async listImages(host) {
    const { kind, socket } = await runtimeOf(host);
    if (kind === 'containerd') return storedImages(namedImages(await ctrImages(host, socket)));
    return (await hasCrictl(host))
      ? storedImages(await crictlImages(host, socket))
      : hostPlatform.listImages(host);
  },

  async imageStore(host) {
    const runtime = await runtimeOf(host);
    return runtime.kind === 'containerd' ? containerdStore(host, runtime) : podmanStore(host);
  },

  async imageDirectory(host) {
    const { kind } = await runtimeOf(host);
    return kind === 'containerd' ? containerdRoot(host) : CONTAINER_STORAGE;
  },

  async kubernetesApi(host) {
    const path = await cluster.adminKubeconfig(host);
    return path === undefined ? null : new KubernetesClient(await readKubeconfig(host, path));
  },

  async examinations(host) {
    return [examineAuthorities(host)];
  },

  async healthChecks(host) {
    return [...(await hostPlatform.healthChecks(host)), ...clusterChecks(host, cluster)];
  },

  exclusions: [
    { pattern: '/var/lib/kubelet/config.json', because: "the site's credentials for registries" },
    { pattern: '/var/lib/containerd/*', because: 'container storage: the target has its own' },
    { pattern: '/var/lib/cni/cache/*', because: "the network of this machine's pods" },
    { pattern: '/var/lib/cni/results/*', because: "the network of this machine's pods" },
  ],
};

async function runtimeOf(host: Host): Promise<ContainerRuntime> {
  return readRuntime(host, await readKubelet(host));
}

/** The services of the cluster in the order they are stopped: who starts pods, the pods, who keeps their state. */
async function clusterUnits(host: Host): Promise<readonly string[]> {
  const kubelet = await readKubelet(host);
  const components = await readControlPlane(host, kubelet.manifests);
  const runtime = await readRuntime(host, kubelet);
  return [
    KUBELET_UNIT,
    runtime.unit,
    ...components.filter(({ kind }) => kind === 'unit').map(({ at }) => at),
  ];
}
