import test from 'ava';
import { EXCLUSIONS, excluder, select } from '../../../builder/exclusions.ts';
import type { EntryType } from '../../../core/seedimage/tree.ts';

const excluded = excluder(EXCLUSIONS);

const NEVER: readonly (readonly [path: string, type?: EntryType])[] = [
  ['/etc/machine-id'],
  ['/etc/hostname'],
  ['/etc/ssh/ssh_host_rsa_key'],
  ['/etc/ssh/ssh_host_rsa_key.pub'],
  ['/etc/NetworkManager/system-connections/eth0.nmconnection'],
  ['/etc/systemd/network/10-lan.network'],
  ['/etc/systemd/network/10-lan.network.d/more.conf'],
  ['/etc/network/interfaces'],
  ['/etc/network/interfaces.d/eth0'],
  ['/etc/netplan/50-site.yaml'],
  ['/etc/sysconfig/network-scripts/ifcfg-eth0'],
  ['/etc/sysconfig/network-scripts/route6-eth0'],
  ['/etc/resolv.conf', 'symlink'],
  ['/etc/kubernetes/cni/multus', 'directory'],
  ['/etc/kubernetes/cni/multus/certs/x'],
  ['/var/lib/systemd/random-seed'],
  ['/var/lib/systemd/credential.secret'],
  ['/var/home/core/.bash_history'],
  ['/var/roothome/.ssh/authorized_keys'],
  ['/var/home/core/.ssh/authorized_keys.d/ignition'],
  ['/etc/ssh/authorized_keys/core'],
  ['/etc/ssh/authorized_keys.d/core'],
  ['/var/home/core/.local/share/containers/storage/x'],
  ['/var/log/messages'],
  ['/var/log/journal/0123/system.journal'],
  ['/var/log/journal/0123', 'directory'],
  ['/var/lib/containers/storage', 'directory'],
  ['/var/lib/lca/ibu.yaml'],
  ['/var/lib/lca/journal.json'],
  ['/var/lib/lca/events.jsonl'],
  ['/var/lib/lca/site/manifest.json'],
  ['/var/lib/lca/seed-create/image/oci-layout'],
  ['/var/lib/NetworkManager/internal-1-eth0.lease'],
  ['/var/lib/dhcp/dhclient.leases'],
  ['/var/tmp/anything'],
  ['/var/lib/app/run.sock', 'socket'],
  ['/var/lib/app/null', 'character'],
];

for (const [path, type = 'file'] of NEVER) {
  test(`${path} (${type}) stays on the seed node`, (t) => {
    t.truthy(excluded(path, type)?.because);
  });
}

const ALWAYS: readonly (readonly [path: string, type?: EntryType])[] = [
  ['/etc/NetworkManager/system-connections', 'directory'],
  ['/etc/NetworkManager/conf.d/10-dns.conf'],
  ['/etc/systemd/networkd.conf'],
  ['/etc/network/if-up.d/app'],
  ['/etc/sysconfig/network-scripts/ifup-eth'],
  ['/etc/hostname.d/x'],
  ['/etc/ssh/sshd_config'],
  ['/etc/app/hostname'],
  ['/var/log', 'directory'],
  ['/var/log/journal', 'directory'],
  ['/var/log/nginx', 'directory'],
  ['/var/logs/messages'],
  ['/var/lib/containers', 'directory'],
  ['/var/lib/lca', 'directory'],
  ['/var/lib/lca/health.d/required.d/check.sh'],
  ['/var/home/core/bash_history'],
  ['/var/home/core/.ssh', 'directory'],
  ['/var/lib/app/fifo', 'fifo'],
  ['/var/usrlocal/bin/lca'],
];

for (const [path, type = 'file'] of ALWAYS) {
  test(`${path} (${type}) goes into the image`, (t) => {
    t.is(excluded(path, type), undefined);
  });
}

test('what was left out is told once a rule, and lca does not tell of itself', (t) => {
  const entries = ['var', 'var/log/a', 'var/log/b', 'var/lib/lca/ibu.yaml', 'var/keep'].map((name) => ({
    name,
    type: name === 'var' ? ('directory' as const) : ('file' as const),
    size: 1,
  }));
  const { kept, leftOut } = select(entries, excluded);
  t.deepEqual(
    kept.map(({ name }) => name),
    ['var', 'var/keep'],
  );
  t.deepEqual(
    leftOut.map(({ path }) => path),
    ['/var/log/**.files'],
  );
});
