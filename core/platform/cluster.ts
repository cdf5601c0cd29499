import type { Host } from '../host/host.ts';

export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** What files say of the cluster that a single node runs. */
export interface ClusterFacts {
  /** Of Kubernetes: `1.20.2` */
  readonly version: string;
  readonly clusterName: string;
  /** The domain of Services: `cluster.local` */
  readonly domain: string;
  readonly nodeName: string;
  /** Primary first. */
  readonly nodeIps: readonly string[];
  /** Networks in CIDR notation. */
  readonly serviceNetworks: readonly string[];
  readonly clusterNetworks: readonly string[];
  readonly machineNetworks: readonly string[];
  readonly proxy: ProxySettings | undefined;
  readonly hasFips: boolean;
  /** The site trusts authorities of its own. */
  readonly hasOwnTrust: boolean;
}

/** Where a cluster keeps its crypto and its names: what recert has to look at. Absolute paths. */
export interface CryptoPlaces {
  /** etcd's data directory. */
  readonly dataDirectory: string;
  /** The image whose etcd opens it, where the machine has no etcd of its own. */
  readonly etcdImage: string | undefined;
  /** Trees with keys, certificates, kubeconfigs and manifests. */
  readonly directories: readonly string[];
  readonly files: readonly string[];
  /** Encryption at rest, where it is configured outside of these. */
  readonly encryptionConfigs: readonly string[];
}

/** Files in which a cluster's programs are told of a proxy, if they are told of one. Absolute paths. */
export interface ProxyPlaces {
  /** Of static pods. */
  readonly manifests: readonly string[];
  /** Units' own files and their drop-ins. */
  readonly unitFiles: readonly string[];
  readonly environmentFiles: readonly string[];
}

export type SignerRole = 'server' | 'clients';

/** An authority whose key a site's kubeconfigs depend on. */
export interface RetainedSigner {
  /** What it signs: the API server's certificate, those of clients it accepts, or both. */
  readonly roles: readonly SignerRole[];
  /** Common name of its certificate. */
  readonly commonName: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** What platforms with a cluster answer in addition. */
export interface Cluster {
  /** @throws LcaError if a fact that is needed is nowhere said */
  readFacts(host: Host): Promise<ClusterFacts>;
  readCryptoPlaces(host: Host): Promise<CryptoPlaces>;
  readProxyPlaces(host: Host): Promise<ProxyPlaces>;
  /** The authorities that signed the API server's certificate and its administrators', as far as their keys are here. */
  readRetainedSigners(host: Host): Promise<readonly RetainedSigner[]>;
  /** The administrator's kubeconfig on this node; undefined if there is none. */
  adminKubeconfig(host: Host): Promise<string | undefined>;
}
