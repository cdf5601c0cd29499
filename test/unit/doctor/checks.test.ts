import test from 'ava';
import { CHECKS } from '../../../bootagent/doctor/checks/index.ts';
import type { DoctorContext } from '../../../bootagent/doctor/doctor-check.ts';
import { parseRequest } from '../../../core/contract/image-based-upgrade.ts';
import { readObjects } from '../../../core/contract/objects.ts';
import {
  IMAGE_TAGS_PATH,
  OBJECTS_DIRECTORY,
  PIVOT_PATH,
  REQUEST_PATH,
} from '../../../core/contract/paths.ts';
import { pivotText } from '../../../core/contract/pivot.ts';
import { parseSeedInfo } from '../../../core/contract/seed-info.ts';
import type { SeedDescription } from '../../../core/seedimage/seed-description.ts';
import { attempt, NEW, nodeRunning, OLD } from '../../support/fake-attempt.ts';
import { withSysroot } from '../../support/fake-sysroot.ts';
import { shownCommand } from '../../support/kubernetes-node.ts';
import type { RecordingHost } from '../../support/recording-host.ts';
import { certificateUntil } from '../../support/test-certificate.ts';

const REQUEST = `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata: {name: upgrade}
spec:
  stage: Idle
  seedImageRef: {version: 2.0.0, image: registry.example/seed:2.0.0, pullSecretRef: {name: pull}}
`;
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: openshift-lifecycle-agent}
stringData: {.dockerconfigjson: '{"auths":{}}'}
`;
const LABEL = '/dev/disk/by-partlabel/var-lib-containers';
const MIB = 1024 * 1024;

interface Saying {
  readonly version?: string;
  readonly fips?: boolean;
  readonly cpus?: number;
  readonly families?: readonly string[];
  readonly created?: string;
  /** What only clusters tell. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

function seedSaying(over: Saying = {}): SeedDescription {
  const info = {
    ...over.cluster,
    seed_cluster_ocp_version: over.version ?? '2.0.0',
    container_storage_mountpoint_target: LABEL,
    has_fips: over.fips ?? false,
    lca: {
      format: 5,
      architecture: 'amd64',
      stateroot: 'lca',
      os: { name: 'test', version: '2' },
      commit: 'c'.repeat(64),
      cpu_count: over.cpus ?? 2,
      cgroup_version: 2,
      ip_families: over.families ?? ['ipv4'],
      image_count: 0,
      sizes: {},
    },
  };
  return {
    pullSpec: 'registry.example/seed:2.0.0',
    digest: `sha256:${'d'.repeat(64)}`,
    pinned: '',
    format: 5,
    architecture: 'amd64',
    created: over.created,
    info: parseSeedInfo(JSON.stringify(info)),
    layers: [],
    downloadBytes: 100 * MIB,
    unpackedBytes: { ostree: 300 * MIB, var: 10 * MIB, etc: MIB, metadata: 0 },
  };
}

const SHOWN = `ActiveState=active\nUnitFileState=enabled\nWhat=${LABEL}\nRuntimeWatchdogUSec=1min\n`;
const UNIT = `[Mount]\nWhat=${LABEL}\nWhere=/var/lib/containers\n`;

const ADDRESSES = (...addresses: readonly string[]) =>
  JSON.stringify([
    { ifname: 'eth0', addr_info: addresses.map((local) => ({ local, prefixlen: 24, scope: 'global' })) },
  ]);
const HOURS = 3_600_000;
const inHours = (hours: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + hours * HOURS);

const kubeconfigUntil = (until: Date) =>
  `users:\n- user:\n    client-certificate-data: ${Buffer.from(certificateUntil(until, 'admin')).toString('base64')}\n`;

/** A node on which nothing is amiss. */
function wellNode(): RecordingHost {
  const host = withSysroot(nodeRunning('old', undefined), [OLD], 0);
  host.directories.delete(`/ostree/deploy/${NEW.stateroot}/deploy/${'b'.repeat(64)}.0`);
  for (const path of [...host.directories, ...host.files.keys()])
    if (path.startsWith(`/ostree/deploy/${NEW.stateroot}`)) host.directories.delete(path);
  return host
    .on(/^ostree admin --help/, 'set-default')
    .on(/^systemctl show/, SHOWN)
    .on(/^systemctl cat/, UNIT)
    .on(/^systemctl is-active/, '')
    .on(/^systemctl list-units/, '')
    .on(/^timedatectl/, 'yes\n')
    .on(/^nproc/, '2\n')
    .on(/^ip -json address show/, ADDRESSES('192.0.2.10'))
    .file('/proc/sys/net/ipv6/conf/all/forwarding', '0\n')
    .on(/^ip -json -4 route show default/, '[{"dev":"eth0"}]')
    .on(/^ip -json -6 route show default/, '[]')
    .on(/^podman ps/, '')
    .file('/sys/class/watchdog/watchdog0/identity', 'i6300ESB')
    .file('/etc/kubernetes/pki/apiserver.crt', certificateUntil(inHours(24 * 300), 'kube-apiserver'))
    .file('/proc/self/mountinfo', '')
    .file(`/boot/ostree/${OLD.stateroot}/vmlinuz`, 'kernel')
    .file(REQUEST_PATH, REQUEST)
    .file(`${OBJECTS_DIRECTORY}/pull.yaml`, SECRET);
}

/** The same node with a cluster: its kubelet is told the addresses, and its API server's manifest the environment. */
function clusterNode(host: RecordingHost, nodeIps: string, proxy = ''): RecordingHost {
  const env = proxy === '' ? '' : `    env: [{name: HTTPS_PROXY, value: "${proxy}"}]\n`;
  return host
    .file('/usr/lib/systemd/system/kubelet.service', '')
    .file(
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      `spec:\n  containers:\n  - name: kube-apiserver\n    image: registry.example/kube-apiserver:v1.20.2\n${env}`,
    )
    .on(/^systemctl show .* kubelet\.service$/, shownCommand(`/usr/bin/kubelet --node-ip=${nodeIps}`))
    .on(/^ip -json address show$/, '[]');
}

async function look(name: string, host: RecordingHost, seed: SeedDescription | null = seedSaying()) {
  const check = CHECKS.find((known) => known.name === name);
  if (check === undefined) throw new Error(`There is no check ${name}.`);
  const text = host.files.get(REQUEST_PATH);
  const context: DoctorContext = {
    host,
    request: async () => (text === undefined ? null : parseRequest(text)),
    seed: async () => seed,
    objects: () => readObjects(host),
  };
  return check
    .look(context)
    .catch((error: Error) => ({ verdict: 'blocker', detail: error.message, remedy: '' }) as const);
}

test('a node on which nothing is amiss passes every check', async (t) => {
  for (const { name } of CHECKS) {
    const { verdict, detail } = await look(name, wellNode());
    t.is(verdict, 'fine', `${name}: ${detail}`);
  }
});

interface Case {
  readonly check: string;
  readonly when: string;
  readonly verdict: 'warning' | 'blocker';
  readonly detail: RegExp;
  readonly spoil: (host: RecordingHost) => void;
  readonly seed?: SeedDescription;
  /** The remedy, followed. */
  readonly mend?: (host: RecordingHost) => void;
}

const CASES: readonly Case[] = [
  {
    check: 'ostree-system',
    when: 'ostree is too old to make a system the default',
    verdict: 'blocker',
    detail: /set-default/,
    spoil: (host) => host.on(/^ostree admin --help/, 'deploy undeploy'),
    mend: (host) => host.on(/^ostree admin --help/, 'deploy\nset-default\nundeploy'),
  },
  {
    check: 'ostree-system',
    when: 'an update is staged',
    verdict: 'blocker',
    detail: /staged/,
    spoil: (host) => host.file('/run/ostree/staged-deployment', ''),
    mend: (host) => (host.files.delete('/run/ostree/staged-deployment'), host),
  },
  {
    check: 'units',
    when: 'the units are not installed',
    verdict: 'blocker',
    detail: /lca-agent\.service is not installed/,
    spoil: (host) => host.on(/^systemctl show/, 'UnitFileState=\nActiveState=inactive\n'),
    mend: (host) => host.on(/^systemctl show/, SHOWN),
  },
  {
    check: 'units',
    when: 'the agent does not run',
    verdict: 'blocker',
    detail: /lca-agent\.service is failed/,
    spoil: (host) => host.on(/^systemctl show/, 'UnitFileState=enabled\nActiveState=failed\n'),
    mend: (host) => host.on(/^systemctl show/, SHOWN),
  },
  {
    check: 'container-partition',
    when: 'container storage lies in the stateroot',
    verdict: 'blocker',
    detail: /\/var\/lib\/containers is part of the stateroot's own \/var/,
    spoil: (host) => host.on(/^systemctl show/, 'ActiveState=inactive\nWhat=\n'),
    mend: (host) => host.on(/^systemctl show/, SHOWN),
  },
  {
    check: 'boot-loader',
    when: 'GRUB has no environment block to be armed with',
    verdict: 'warning',
    detail: /cannot fall back before the operating system runs/,
    spoil: (host) => {
      for (const path of [...host.files.keys()]) if (path.includes('grub')) host.files.delete(path);
    },
  },
  {
    check: 'boot-space',
    when: '/boot is nearly full',
    verdict: 'blocker',
    detail: /125 MiB are needed on \/boot .*, 1 MiB are free/,
    spoil: (host) => {
      host.file(`/boot/ostree/${OLD.stateroot}/vmlinuz`, 'k'.repeat(100 * MIB));
      host.space = { totalBytes: 500 * MIB, availableBytes: MIB };
    },
    mend: (host) => {
      host.space = { totalBytes: 500 * MIB, availableBytes: 130 * MIB };
    },
  },
  {
    check: 'clock',
    when: 'no time server has been heard',
    verdict: 'warning',
    detail: /not synchronised/,
    spoil: (host) => host.on(/^timedatectl/, 'no\n'),
    mend: (host) => host.on(/^timedatectl/, 'yes\n'),
  },
  {
    check: 'clock',
    when: 'no time service can be asked',
    verdict: 'warning',
    detail: /no time service says/,
    spoil: (host) => host.on(/^(timedatectl|chronyc)/, { exitCode: 1 }),
    mend: (host) => host.on(/^chronyc/, 'A,1.2.3.4,2,1.0,0.000012,0,0,0,0,0,0,0,64.2,Normal\n'),
  },
  {
    check: 'clock',
    when: 'it is behind the making of the seed',
    verdict: 'blocker',
    detail: /the clock says 2026-01-01T00:00:00.000Z, and the seed was made at 2026-03-01/,
    spoil: () => undefined,
    seed: seedSaying({ created: '2026-03-01T00:00:00Z' }),
    mend: (host) => {
      host.time = new Date('2026-03-01T00:00:01Z');
    },
  },
  {
    check: 'hardware-watchdog',
    when: 'there is none',
    verdict: 'warning',
    detail: /there is no hardware watchdog/,
    spoil: (host) => host.files.delete('/sys/class/watchdog/watchdog0/identity'),
    mend: (host) => host.file('/sys/class/watchdog/watchdog0/identity', 'Software Watchdog'),
  },
  {
    check: 'hardware-watchdog',
    when: 'systemd does not use it',
    verdict: 'warning',
    detail: /systemd does not use it/,
    spoil: (host) => host.on(/^systemctl show --property=RuntimeWatchdogUSec/, 'RuntimeWatchdogUSec=0\n'),
    mend: (host) => host.on(/^systemctl show --property=RuntimeWatchdogUSec/, 'RuntimeWatchdogUSec=1min\n'),
  },
  {
    check: 'certificates',
    when: 'one of the cluster ends while the new system is on trial',
    verdict: 'blocker',
    detail:
      /certificate of kube-apiserver \(\/etc\/kubernetes\/pki\/apiserver\.crt\) ends at 2026-01-01T00:45/,
    spoil: (host) =>
      host.file('/etc/kubernetes/pki/apiserver.crt', certificateUntil(inHours(0.75), 'kube-apiserver')),
    mend: (host) => host.file('/etc/kubernetes/pki/apiserver.crt', certificateUntil(inHours(8760))),
  },
  {
    check: 'certificates',
    when: "kubelet's, behind its link, has ended",
    verdict: 'blocker',
    detail: /kubelet-client-current\.pem\) has ended at/,
    spoil: (host) =>
      host.file('/var/lib/kubelet/pki/kubelet-client-current.pem', certificateUntil(inHours(-1))),
    mend: (host) =>
      host.file('/var/lib/kubelet/pki/kubelet-client-current.pem', certificateUntil(inHours(700))),
  },
  {
    check: 'certificates',
    when: 'the one that the kubelet has made itself ended long ago',
    verdict: 'warning',
    detail: /kubelet\/pki\/kubelet\.crt\) has ended at/,
    spoil: (host) => host.file('/var/lib/kubelet/pki/kubelet.crt', certificateUntil(inHours(-8760))),
    mend: (host) => host.files.delete('/var/lib/kubelet/pki/kubelet.crt'),
  },
  {
    check: 'certificates',
    when: 'a kubeconfig holds one that ends tomorrow',
    verdict: 'warning',
    detail: /certificate of admin \(\/etc\/kubernetes\/admin\.conf\) ends at 2026-01-02/,
    spoil: (host) => host.file('/etc/kubernetes/admin.conf', kubeconfigUntil(inHours(24))),
    mend: (host) => host.file('/etc/kubernetes/admin.conf', kubeconfigUntil(inHours(8760))),
  },
  {
    check: 'certificates',
    when: "a registry's authority ends within the hour",
    verdict: 'warning',
    detail: /certs\.d\/registry\.example\/ca\.crt\) ends at/,
    spoil: (host) =>
      host.file('/etc/containers/certs.d/registry.example/ca.crt', certificateUntil(inHours(1))),
    mend: (host) =>
      host.file('/etc/containers/certs.d/registry.example/ca.crt', certificateUntil(inHours(8760))),
  },
  {
    check: 'certificates',
    when: 'the one that opens the network ends',
    verdict: 'blocker',
    detail: /\/etc\/site\/8021x\.pem/,
    spoil: (host) =>
      host
        .file('/etc/NetworkManager/system-connections/lan', '[802-1x]\nclient-cert=/etc/site/8021x.pem\n')
        .file('/etc/site/8021x.pem', certificateUntil(inHours(0.5))),
    mend: (host) => host.file('/etc/site/8021x.pem', certificateUntil(inHours(8760))),
  },
  {
    check: 'health',
    when: 'the system has not come up',
    verdict: 'blocker',
    detail: /built-in\/system: multi-user\.target is not yet active/,
    spoil: (host) => host.on(/^systemctl is-active/, { exitCode: 3 }),
    mend: (host) => host.on(/^systemctl is-active/, ''),
  },
  {
    check: 'attempt',
    when: 'an attempt is on record',
    verdict: 'blocker',
    detail: /an attempt to boot lca_2\.0\.0 is not settled \(state armed\)/,
    spoil: (host) => host.file(PIVOT_PATH, pivotText(attempt())),
    mend: (host) => host.files.delete(PIVOT_PATH),
  },
  {
    check: 'attempt',
    when: 'there is another stateroot',
    verdict: 'warning',
    detail: /other stateroots, which take space: lca_1\.9\.0/,
    spoil: (host) => host.directories.add('/ostree/deploy/lca_1.9.0'),
    mend: (host) => host.directories.delete('/ostree/deploy/lca_1.9.0'),
  },
  {
    check: 'request',
    when: 'nothing is asked for',
    verdict: 'warning',
    detail: /ibu\.yaml does not exist/,
    spoil: (host) => host.files.delete(REQUEST_PATH),
    mend: (host) => host.file(REQUEST_PATH, REQUEST),
  },
  {
    check: 'request',
    when: 'it is misspelt',
    verdict: 'blocker',
    detail: /ibu\.yaml:\d+:\d+: .*stagee/,
    spoil: (host) => host.file(REQUEST_PATH, REQUEST.replace('stage:', 'stagee:')),
    mend: (host) => host.file(REQUEST_PATH, REQUEST),
  },
  {
    check: 'objects',
    when: 'the pull secret is not there',
    verdict: 'blocker',
    detail: /pull/,
    spoil: (host) => host.files.delete(`${OBJECTS_DIRECTORY}/pull.yaml`),
    mend: (host) => host.file(`${OBJECTS_DIRECTORY}/pull.yaml`, SECRET),
  },
  {
    check: 'objects',
    when: 'the ConfigMap with backups is not there',
    verdict: 'blocker',
    detail: /OADP configmap not found, error: .*openshift-adp\/backups.*Please create the configmap/,
    spoil: (host) =>
      host.file(REQUEST_PATH, `${REQUEST}  oadpContent: [{name: backups, namespace: openshift-adp}]\n`),
    mend: (host) => host.file(REQUEST_PATH, REQUEST),
  },
  {
    check: 'manifests',
    when: 'extra manifests are asked for on a node without a cluster',
    verdict: 'blocker',
    detail: /spec\.extraManifests needs a cluster, and this node has none/,
    spoil: (host) => host.file(REQUEST_PATH, `${REQUEST}  extraManifests: [{name: m, namespace: n}]\n`),
    mend: (host) => host.file(REQUEST_PATH, REQUEST),
  },
  {
    check: 'seed',
    when: 'it is of another version',
    verdict: 'blocker',
    detail: /version specified in seed image \(2\.0\.1\) differs from version in spec \(2\.0\.0\)/,
    spoil: () => undefined,
    seed: seedSaying({ version: '2.0.1' }),
  },
  {
    check: 'space',
    when: 'the disk is full',
    verdict: 'blocker',
    detail: /Not enough space at \/sysroot for the new stateroot/,
    spoil: (host) => {
      host.space = { totalBytes: 1000 * MIB, availableBytes: 100 * MIB };
    },
    mend: (host) => {
      host.space = { totalBytes: 4000 * MIB, availableBytes: 2000 * MIB };
    },
  },
  {
    check: 'processors',
    when: 'the seed had others',
    verdict: 'warning',
    detail: /the seed node had 8 processors, this one has 2/,
    spoil: () => undefined,
    seed: seedSaying({ cpus: 8 }),
  },
  {
    check: 'fips-and-proxy',
    when: 'the seed is in FIPS mode and the node is not',
    verdict: 'blocker',
    detail: /FIPS mode is off here and on in the seed/,
    spoil: () => undefined,
    seed: seedSaying({ fips: true }),
  },
  {
    check: 'fips-and-proxy',
    when: "a cluster's seed has a proxy and the node has none",
    verdict: 'blocker',
    detail: /a proxy is not configured in the environment of this cluster's API server/,
    // what only the machine's users have is not the cluster's
    spoil: (host) => clusterNode(host, '192.0.2.10').file('/etc/environment', 'https_proxy=http://p:1\n'),
    seed: seedSaying({ cluster: { has_proxy: true, node_ips: ['192.0.2.7'] } }),
    mend: (host) => clusterNode(host, '192.0.2.10', 'http://proxy.example:3128'),
  },
  {
    check: 'ip-family',
    when: "a cluster's seed speaks another IP version",
    verdict: 'blocker',
    detail: /the seed's cluster had IPv6, this one has IPv4/,
    spoil: (host) => clusterNode(host, '192.0.2.10'),
    seed: seedSaying({ cluster: { node_ips: ['2001:db8::7'] } }),
    mend: (host) => clusterNode(host, '2001:db8::9'),
  },
  {
    check: 'ip-family',
    when: 'a seed without a cluster had a version that is missing here',
    verdict: 'warning',
    detail: /the seed node had IPv4 and IPv6, this one has IPv4/,
    spoil: () => undefined,
    seed: seedSaying({ families: ['ipv4', 'ipv6'] }),
    mend: (host) =>
      host
        .on(/^ip -json address show/, ADDRESSES('192.0.2.10', '2001:db8::9'))
        .on(/^ip -json -6 route show default/, '[{"dev":"eth0"}]'),
  },
  {
    check: 'subnet',
    when: "another address than the node's own is in the seed's network",
    verdict: 'warning',
    detail: /203\.0\.113\.5 on eth0 is in the network the seed was made in/,
    spoil: (host) => host.on(/^ip -json address show/, ADDRESSES('192.0.2.10', '203.0.113.5')),
    seed: seedSaying({ cluster: { node_ips: ['203.0.113.77'], machine_networks: ['203.0.113.0/24'] } }),
    mend: (host) => host.on(/^ip -json address show/, ADDRESSES('192.0.2.10')),
  },
];

for (const { check, when, verdict, detail, spoil, seed, mend } of CASES) {
  test(`${check} says ${verdict} when ${when}${mend === undefined ? '' : ', and all is well once that is mended'}`, async (t) => {
    const host = wellNode();
    spoil(host);
    const answer = await look(check, host, seed);
    t.is(answer.verdict, verdict, answer.detail);
    t.regex(answer.detail, detail);
    if (mend === undefined) return;
    mend(host);
    const mended = await look(check, host, seed);
    t.is(mended.verdict, 'fine', mended.detail);
  });
}

test('of two clusters the addresses of their nodes count, whatever default routes there are', async (t) => {
  const ofIpv4 = seedSaying({ cluster: { node_ips: ['192.0.2.7'] } });
  const both = clusterNode(wellNode(), '192.0.2.10')
    .on(/^ip -json address show scope/, ADDRESSES('192.0.2.10', '2001:db8::9'))
    .on(/^ip -json -6 route show default/, '[{"dev":"eth0"}]');
  const none = clusterNode(wellNode(), '192.0.2.10').on(/^ip -json -4 route show default/, '[]');
  for (const host of [both, none]) {
    const { verdict, detail } = await look('ip-family', host, ofIpv4);
    t.is(verdict, 'fine', detail);
  }
});

test('a cluster whose API server has the proxy needs none in the files of the machine', async (t) => {
  const host = clusterNode(wellNode(), '192.0.2.10', 'http://proxy.example:3128');
  const seed = seedSaying({ cluster: { has_proxy: true, node_ips: ['192.0.2.7'] } });
  const { verdict, detail } = await look('fips-and-proxy', host, seed);
  t.is(verdict, 'fine', detail);
});

test('every check has a case in which it is not content', (t) => {
  const covered = new Set(CASES.map(({ check }) => check));
  t.deepEqual(
    CHECKS.map(({ name }) => name).filter((name) => !covered.has(name)),
    [],
  );
});

test('looking changes nothing on the node', async (t) => {
  const host = wellNode();
  for (const { name } of CHECKS) await look(name, host);
  t.deepEqual(
    host.transcript.filter((line) => !line.startsWith('run ')),
    [],
  );
  t.is(host.files.get(IMAGE_TAGS_PATH), undefined);
});

test('certificates that ended long ago are passed over where old ones are kept, and what is no certificate', async (t) => {
  const host = wellNode()
    .file(
      '/etc/kubernetes/static-pod-resources/kube-apiserver-pod-3/secrets/tls.crt',
      certificateUntil(inHours(-99)),
    )
    .file('/etc/pki/ca-trust/source/anchors/old.pem', certificateUntil(inHours(-99)))
    .file('/etc/pki/ca-trust/source/anchors/README', 'no certificate')
    .file('/var/lib/kubelet/pki/kubelet-client-2025-01-01.pem', certificateUntil(inHours(-99)));
  const { verdict, detail } = await look('certificates', host);
  t.is(verdict, 'fine', detail);
});

test('a longer time for the trial makes the doctor look further ahead', async (t) => {
  const host = wellNode().file('/etc/kubernetes/pki/apiserver.crt', certificateUntil(inHours(2)));
  t.is((await look('certificates', host)).verdict, 'warning');
  host.file(REQUEST_PATH, `${REQUEST}  autoRollbackOnFailure: {initMonitorTimeoutSeconds: 7200}\n`);
  t.is((await look('certificates', host)).verdict, 'blocker');
});
