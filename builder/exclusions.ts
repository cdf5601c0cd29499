import { NETWORK_FILES } from '../core/contract/network-files.ts';
import type { LeftOut } from '../core/seedimage/seed-metadata.ts';
import type { EntryType, TreeEntry } from '../core/seedimage/tree.ts';

/** Something that stays on the seed node. */
export interface Exclusion {
  /**
   * - `/a/b`: this, and everything below it
   * - `/a/b/*`: everything below it; the directory stays
   * - `/a/b/**.files`: everything below it but directories, which services expect to find
   * - `name` or `parent/name`: what is called so, at any depth, with everything below it
   *
   * A `*` inside a name stands for any characters but `/`.
   */
  readonly pattern: string;
  readonly because: string;
}

const IDENTITY = "belongs to this machine's identity";
const NETWORK = "the network of this machine's place";
const SECRET = 'a secret of this machine or its users';
const HISTORY = 'what people typed';
const STATE = 'state of this machine that the next one makes anew';
const LOGS = "this machine's logs";
const CACHE = 'a cache';
/** Not worth telling in the image. */
export const LCA = "lca's own workspace";
const HARDWARE = "this machine's hardware";

/** What is never in a seed image. Upstream's rules (seed-image.md 2.5, 2.6) and those it lacks (8.1). */
export const EXCLUSIONS: readonly Exclusion[] = [
  // identity
  { pattern: '/etc/machine-id', because: IDENTITY },
  { pattern: '/etc/machine-info', because: IDENTITY },
  { pattern: '/etc/hostname', because: IDENTITY },
  { pattern: '/etc/hostid', because: IDENTITY },
  { pattern: '/etc/ssh/ssh_host_*', because: IDENTITY },
  { pattern: '/etc/iscsi/initiatorname.iscsi', because: IDENTITY },
  { pattern: '/etc/nvme/hostid', because: IDENTITY },
  { pattern: '/etc/nvme/hostnqn', because: IDENTITY },
  { pattern: '/etc/openvswitch/system-id.conf', because: IDENTITY },
  { pattern: '/var/lib/dbus/machine-id', because: IDENTITY },
  { pattern: '/var/lib/cloud/instance', because: IDENTITY },
  { pattern: '/var/lib/cloud/instances', because: IDENTITY },
  { pattern: '/var/lib/cloud/data', because: IDENTITY },
  { pattern: '/var/lib/cloud/sem', because: IDENTITY },
  // network
  { pattern: '/etc/NetworkManager/system-connections/*', because: NETWORK },
  ...NETWORK_FILES.map((pattern) => ({ pattern, because: NETWORK })),
  { pattern: '/etc/resolv.conf', because: NETWORK },
  { pattern: '/etc/udev/rules.d/70-persistent-net.rules', because: NETWORK },
  { pattern: '/etc/openvswitch/conf.db', because: NETWORK },
  { pattern: '/etc/openvswitch/.conf.db.~lock~', because: NETWORK },
  { pattern: 'cni/multus', because: NETWORK },
  { pattern: '/var/lib/NetworkManager/*', because: NETWORK },
  { pattern: '/var/lib/dhcp/*', because: NETWORK },
  { pattern: '/var/lib/dhclient/*', because: NETWORK },
  { pattern: '/var/lib/dhcpcd/*', because: NETWORK },
  { pattern: '/var/lib/systemd/network/*', because: NETWORK },
  { pattern: '/var/lib/cni/networks/*', because: NETWORK },
  { pattern: '/var/lib/cni/bin/*', because: 'placed again by the network pods' },
  { pattern: '/var/lib/ovn-ic/etc/*', because: NETWORK },
  // secrets
  { pattern: 'authorized_keys', because: SECRET },
  { pattern: 'authorized_keys2', because: SECRET },
  { pattern: '.ssh/authorized_keys.d', because: SECRET },
  { pattern: '/etc/ssh/authorized_keys.d/*', because: SECRET },
  { pattern: '.netrc', because: SECRET },
  { pattern: '.git-credentials', because: SECRET },
  { pattern: '.docker/config.json', because: SECRET },
  { pattern: 'containers/auth.json', because: SECRET },
  { pattern: '/etc/credstore.encrypted/*', because: SECRET },
  { pattern: '/etc/machine-config-daemon/orig/var/lib/kubelet', because: SECRET },
  { pattern: '/var/lib/systemd/credential.secret', because: SECRET },
  { pattern: '/var/lib/systemd/random-seed', because: SECRET },
  { pattern: '/var/lib/random-seed', because: SECRET },
  { pattern: '/var/lib/urandom/*', because: SECRET },
  // what people typed
  ...[
    '.bash_history',
    '.zsh_history',
    '.ash_history',
    '.sh_history',
    '.history',
    '.python_history',
    '.node_repl_history',
    '.mysql_history',
    '.psql_history',
    '.sqlite_history',
    '.lesshst',
    '.viminfo',
  ].map((pattern) => ({ pattern, because: HISTORY })),
  // logs and crashes
  { pattern: '/var/log/journal/*', because: LOGS },
  { pattern: '/var/log/**.files', because: LOGS },
  { pattern: '/var/lib/log/*', because: LOGS },
  { pattern: '/var/lib/systemd/coredump/*', because: LOGS },
  { pattern: '/var/lib/systemd/pstore/*', because: LOGS },
  { pattern: '/var/crash/*', because: LOGS },
  { pattern: '/var/spool/abrt/*', because: LOGS },
  // state
  { pattern: '/var/lib/systemd/timers/*', because: STATE },
  { pattern: '/var/lib/systemd/timesync/*', because: STATE },
  { pattern: '/var/lib/private/systemd/timesync', because: STATE },
  { pattern: '/var/lib/systemd/rfkill/*', because: STATE },
  { pattern: '/var/lib/systemd/backlight/*', because: STATE },
  { pattern: '/var/lib/chrony/*', because: STATE },
  { pattern: '/var/lib/ntp/*', because: STATE },
  { pattern: '/var/lib/logrotate/*', because: STATE },
  { pattern: '/var/lib/kubelet/pods/*', because: STATE },
  { pattern: '/var/lib/rpm-ostree/history/*', because: STATE },
  { pattern: '/var/tmp/*', because: STATE },
  { pattern: '/var/.updated', because: STATE },
  { pattern: '/etc/.updated', because: STATE },
  { pattern: '/etc/.pwd.lock', because: STATE },
  { pattern: '/etc/adjtime', because: STATE },
  { pattern: '/etc/mtab', because: STATE },
  { pattern: 'lost+found', because: STATE },
  // hardware
  { pattern: '/etc/lvm/devices/*', because: HARDWARE },
  { pattern: '/etc/lvm/archive/*', because: HARDWARE },
  { pattern: '/etc/lvm/backup/*', because: HARDWARE },
  { pattern: '/etc/multipath/*', because: HARDWARE },
  // what is large and made anew
  { pattern: '/var/lib/containers/*', because: 'container storage: the target has its own' },
  { pattern: '.local/share/containers', because: 'container storage: the target has its own' },
  { pattern: '/var/cache/apt/*', because: CACHE },
  { pattern: '/var/lib/apt/lists/*', because: CACHE },
  { pattern: '/var/cache/dnf/*', because: CACHE },
  { pattern: '/var/cache/yum/*', because: CACHE },
  { pattern: '/var/cache/libdnf5/*', because: CACHE },
  { pattern: '/var/cache/rpm-ostree/*', because: CACHE },
  // lca itself: requests, credentials, journals. Health checks are the owner's and stay.
  ...[
    '*.yaml',
    '*.json',
    '*.jsonl',
    '*.corrupt',
    '.lca-*',
    'kubeconfig',
    'objects',
    'site',
    'seed',
    'workspace',
    'recert',
    'seed-create',
    'seed-generator',
    'backup',
  ].map((name) => ({ pattern: `/var/lib/lca/${name}`, because: LCA })),
];

/** The rule by which a thing is left out; undefined if it goes in. The path is absolute, one character a byte. */
export type ExclusionTest = (path: string, type: EntryType) => Exclusion | undefined;

const SOCKETS: Exclusion = { pattern: 'sockets', because: 'they live only as long as their programs' };

/** Compiles exclusions. */
export function excluder(exclusions: readonly Exclusion[]): ExclusionTest {
  const exact = new Map<string, Exclusion>();
  const below = new Map<string, Exclusion>();
  const filesBelow = new Map<string, Exclusion>();
  const names = new Map<string, { parent: string | undefined; rule: Exclusion }[]>();
  const globs: { expression: RegExp; rule: Exclusion }[] = [];
  for (const rule of exclusions) {
    const { pattern } = rule;
    if (pattern.endsWith('/**.files')) filesBelow.set(pattern.slice(0, -'/**.files'.length), rule);
    else if (pattern.endsWith('/*')) below.set(pattern.slice(0, -2), rule);
    else if (pattern.includes('*')) globs.push({ expression: globExpression(pattern), rule });
    else if (pattern.startsWith('/')) exact.set(pattern, rule);
    else {
      const [name, parent] = pattern.split('/').toReversed() as [string, string | undefined];
      names.set(name, [...(names.get(name) ?? []), { parent, rule }]);
    }
  }
  const byName = (segments: readonly string[], index: number): Exclusion | undefined =>
    names
      .get(segments[index] as string)
      ?.find(({ parent }) => parent === undefined || parent === segments[index - 1])?.rule;

  return (path, type) => {
    if (type === 'socket') return SOCKETS;
    if (type === 'block' || type === 'character') return { pattern: path, because: 'a device' };
    const segments = path.split('/');
    let here = '';
    for (let i = 1; i < segments.length; i += 1) {
      const parent = here;
      here += `/${segments[i]}`;
      const rule =
        below.get(parent) ??
        exact.get(here) ??
        byName(segments, i) ??
        globs.find(({ expression }) => expression.test(here))?.rule ??
        (type === 'directory' ? undefined : filesBelow.get(parent));
      if (rule !== undefined) return rule;
    }
    return undefined;
  };
}

/** What goes in, and by which rules something did not. */
export interface Selection {
  readonly kept: readonly TreeEntry[];
  readonly leftOut: readonly LeftOut[];
}

/** Applies exclusions to what a tree holds. Rules about lca itself are not reported: they always match. */
export function select(entries: readonly TreeEntry[], excluded: ExclusionTest): Selection {
  const kept: TreeEntry[] = [];
  const rules = new Map<string, LeftOut>();
  for (const entry of entries) {
    const rule = excluded(`/${entry.name}`, entry.type);
    if (rule === undefined) kept.push(entry);
    else if (rule.because !== LCA) rules.set(rule.pattern, { path: rule.pattern, because: rule.because });
  }
  return { kept, leftOut: [...rules.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${escaped}$`, 's');
}
