/**
 * Network configuration outside of NetworkManager's keyfiles: networkd, ifupdown, netplan, and the initscripts' format that
 * NetworkManager of RHEL 8 and older writes too. It is a node's own: what a seed leaves out is what a site takes along.
 */
export const NETWORK_FILES: readonly string[] = [
  '/etc/systemd/network/*',
  '/etc/network/interfaces',
  '/etc/network/interfaces.d/*',
  '/etc/netplan/*',
  '/etc/sysconfig/network',
  ...['ifcfg', 'route', 'route6', 'rule', 'rule6', 'keys'].map(
    (kind) => `/etc/sysconfig/network-scripts/${kind}-*`,
  ),
];
