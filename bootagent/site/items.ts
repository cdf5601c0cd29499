import { NETWORK_FILES } from '../../core/contract/network-files.ts';
import type { Argv } from '../../core/host/host.ts';

/** A part of a site's identity that consists of files, taken along as they are. */
export interface SiteItem {
  /** kebab-case */
  readonly name: string;
  /** For people: "the site's SSH host keys". */
  readonly summary: string;
  /** Absolute paths; `*` stands for any name or part of a name, in the last component only. */
  readonly paths: readonly string[];
  /**
   * `replace`: what the new system has at these paths goes, even where the old one has nothing;
   * `merge`: the old system's files are added to those of the new one;
   * `own`: what the site has made of these paths, all below /etc, in place of what the seed had: files it has written or
   * changed, and defaults it has removed. Other defaults are the new system's own, as in ostree's merge of /etc.
   */
  readonly mode: 'replace' | 'merge' | 'own';
  /** A link at these paths belongs to what runs on a system, and is not taken along. */
  readonly filesOnly?: boolean;
  /** Run on the new system after its files are in place, where the program exists. */
  readonly after?: readonly Argv[];
}

/**
 * The site's identity, apart from what needs more than copying (names, machine id, keys in users' homes, proxy variables in
 * /etc/environment): those have steps of their own.
 */
const SITE_ITEMS: readonly SiteItem[] = [
  {
    name: 'network-connections',
    summary: 'network connections',
    paths: [
      '/etc/NetworkManager/system-connections/*',
      // keys DHCP client ids and stable IPv6 addresses
      '/var/lib/NetworkManager/secret_key',
    ],
    mode: 'replace',
  },
  {
    name: 'network-files',
    summary: 'network configuration outside of NetworkManager',
    paths: NETWORK_FILES,
    mode: 'own',
  },
  {
    // never in a seed, so nothing has to go; a link leads to what writes it on the new system
    name: 'name-servers',
    summary: 'name servers',
    paths: ['/etc/resolv.conf'],
    mode: 'merge',
    filesOnly: true,
  },
  {
    name: 'ssh-host-keys',
    summary: 'SSH host keys',
    paths: ['/etc/ssh/ssh_host_*_key', '/etc/ssh/ssh_host_*_key.pub'],
    mode: 'replace',
  },
  {
    name: 'system-authorized-keys',
    summary: "users' keys outside of their homes",
    // where AuthorizedKeysFile of a seed's sshd_config may point to
    paths: ['/etc/ssh/authorized_keys', '/etc/ssh/authorized_keys.d/*'],
    mode: 'own',
  },
  { name: 'hosts', summary: 'static host names', paths: ['/etc/hosts'], mode: 'replace' },
  { name: 'time-zone', summary: 'time zone', paths: ['/etc/localtime', '/etc/timezone'], mode: 'replace' },
  {
    name: 'time-servers',
    summary: 'time servers',
    paths: ['/etc/chrony.conf', '/etc/chrony.d/*', '/etc/chrony/chrony.conf', '/etc/chrony/*.d/*'],
    mode: 'replace',
  },
  {
    name: 'proxy-files',
    summary: 'proxy settings',
    paths: [
      '/etc/mco/proxy.env',
      '/etc/environment.d/*proxy*',
      '/etc/profile.d/*proxy*',
      '/etc/systemd/system.conf.d/*proxy*',
      '/etc/containers/containers.conf.d/*proxy*',
    ],
    mode: 'replace',
  },
  {
    name: 'container-registries',
    summary: 'container registries and credentials',
    paths: [
      '/etc/containers/registries.conf',
      '/etc/containers/registries.conf.d/*',
      '/etc/containers/certs.d/*',
      '/etc/containers/auth.json',
      '/root/.config/containers/auth.json',
      '/root/.docker/config.json',
      '/var/lib/kubelet/config.json',
    ],
    mode: 'replace',
  },
  {
    name: 'trust-anchors',
    summary: 'certificate authorities the site trusts',
    paths: ['/etc/pki/ca-trust/source/anchors/*', '/usr/local/share/ca-certificates/*'],
    mode: 'merge',
    after: [['update-ca-trust'], ['update-ca-certificates']],
  },
  {
    name: 'storage-identity',
    summary: 'identity towards storage networks',
    paths: [
      '/etc/iscsi/initiatorname.iscsi',
      '/etc/nvme/hostnqn',
      '/etc/nvme/hostid',
      '/etc/lvm/devices/system.devices',
    ],
    mode: 'replace',
  },
];

/** What a node with a cluster has in addition. */
const CLUSTER_ITEMS: readonly SiteItem[] = [
  {
    name: 'cluster-proxy',
    summary: "proxy settings of the cluster's services",
    paths: ['kubelet', 'containerd', 'crio', 'kube-apiserver', 'kube-controller-manager'].map(
      (service) => `/etc/systemd/system/${service}.service.d/*proxy*`,
    ),
    mode: 'replace',
  },
  {
    name: 'cluster-registries',
    summary: "registries of the cluster's container runtime",
    paths: ['/etc/containerd/certs.d/*'],
    mode: 'replace',
  },
];

/** All items of a site, in the order they are applied. */
export function siteItems(hasCluster: boolean): readonly SiteItem[] {
  return hasCluster ? [...SITE_ITEMS, ...CLUSTER_ITEMS] : SITE_ITEMS;
}
