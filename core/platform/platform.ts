import type { Host } from '../host/host.ts';
import type { KubernetesClient } from '../tools/kubernetes/kubernetes-client.ts';
import type { Cluster } from './cluster.ts';
import type { ImageStore } from './image-store.ts';

/** Something that runs for the node's owner and can be stopped and started again. */
export interface Workload {
  /** A systemd unit, or a container that no unit manages. */
  readonly kind: 'unit' | 'container';
  readonly name: string;
}

/** An image in the node's container storage. */
export interface StoredImage {
  /** As it can be pulled: by digest where one is known. */
  readonly pullSpec: string;
  /** Names with a tag. */
  readonly tags: readonly string[];
  /** Bytes, layers shared with other images included. */
  readonly size: number;
}

/** What a look at the node's health says in one respect. */
export interface PlatformCheck {
  /** `built-in/containers` */
  readonly name: string;
  /** A failing wanted check is only reported. */
  readonly weight: 'required' | 'wanted';
  /** `deferred`: looked at once the mandatory ones are content; after a pivot, once manifests and data are back. */
  readonly tier: 'mandatory' | 'deferred';
  /** How long a look may take; a minute unless it says so. */
  readonly budgetMs?: number;
  /** Looks once, and stops when told to. */
  look(signal: AbortSignal): Promise<{ readonly well: boolean; readonly detail: string }>;
}

/** Something only this kind of node is asked before an upgrade, besides what every node is: the doctor's and Prep's. */
export interface PlatformExamination {
  /** In reports: `kubernetes-nodes`. */
  readonly name: string;
  /** Looks, and changes nothing. Throwing is a blocker, with the error's sentence and remedy. */
  look(): Promise<{
    readonly verdict: 'fine' | 'warning' | 'blocker';
    readonly detail: string;
    /** What to do; commands that can be run as they are stand behind `Run: `. */
    readonly remedy?: string;
  }>;
}

/** What differs between kinds of nodes. */
export interface Platform {
  readonly name: 'host' | 'kubernetes' | 'microshift' | 'openshift';
  /** Whether the node is of this kind. */
  detect(host: Host): Promise<boolean>;
  /** Workloads that are running now, in the order they have to be stopped. */
  runningWorkloads(host: Host): Promise<readonly Workload[]>;
  /** Stops them; one that is stopped already is fine. */
  stopWorkloads(host: Host, workloads: readonly Workload[]): Promise<void>;
  /**
   * Starts them again, in reverse order; one that runs already is fine.
   *
   * @returns those that do not exist any more
   * @throws PlatformError `not-started`, after all have been tried
   */
  startWorkloads(host: Host, workloads: readonly Workload[]): Promise<readonly Workload[]>;
  /** The images in the container storage, sorted by pull spec; one that several repositories have is listed for each. */
  listImages(host: Host): Promise<readonly StoredImage[]>;
  /** The node's Kubernetes API, as administrator; null on a node without a cluster. To be closed by who asked. */
  kubernetesApi(host: Host): Promise<KubernetesClient | null>;
  /** What else could make an upgrade of this kind of node fail. */
  examinations(host: Host): Promise<readonly PlatformExamination[]>;
  /** The store that the node's workloads take their images from. */
  imageStore(host: Host): Promise<ImageStore>;
  /** The directory that store keeps them in. */
  imageDirectory(host: Host): Promise<string>;
  /** The built-in health checks. */
  healthChecks(host: Host): Promise<readonly PlatformCheck[]>;
  /** What of this kind of node is never in a seed, besides what never is; patterns as in `builder/exclusions.ts`. */
  readonly exclusions: readonly { readonly pattern: string; readonly because: string }[];
  /** The cluster that such a node runs; undefined for a node without one. */
  readonly cluster: Cluster | undefined;
}
