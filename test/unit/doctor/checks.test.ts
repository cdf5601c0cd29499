import test from 'ava';
import { CHECKS } from '../../../bootagent/doctor/checks/index.ts';
import type { DoctorContext } from '../../../bootagent/doctor/doctor-check.ts';
import { parseRequest } from '../../../core/contract/image-based-upgrade.ts';
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
import type { RecordingHost } from '../../support/recording-host.ts';

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

function seedSaying(over: { version?: string; fips?: boolean; cpus?: number } = {}): SeedDescription {
  const info = {
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
    created: undefined,
    info: parseSeedInfo(JSON.stringify(info)),
    layers: [],
    downloadBytes: 100 * MIB,
    unpackedBytes: { ostree: 300 * MIB, var: 10 * MIB, etc: MIB, metadata: 0 },
  };
}

const SHOWN = `ActiveState=active\nUnitFileState=enabled\nWhat=${LABEL}\n`;
const UNIT = `[Mount]\nWhat=${LABEL}\nWhere=/var/lib/containers\n`;

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
    .file('/proc/self/mountinfo', '')
    .file(`/boot/ostree/${OLD.stateroot}/vmlinuz`, 'kernel')
    .file(REQUEST_PATH, REQUEST)
    .file(`${OBJECTS_DIRECTORY}/pull.yaml`, SECRET);
}

async function look(name: string, host: RecordingHost, seed: SeedDescription | null = seedSaying()) {
  const check = CHECKS.find((known) => known.name === name);
  if (check === undefined) throw new Error(`There is no check ${name}.`);
  const text = host.files.get(REQUEST_PATH);
  const context: DoctorContext = {
    host,
    request: async () => (text === undefined ? null : parseRequest(text)),
    seed: async () => seed,
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
    check: 'objects',
    when: 'manifests are asked for, which this version does not apply',
    verdict: 'blocker',
    detail: /This version of lca does not carry out spec\.extraManifests/,
    spoil: (host) => host.file(REQUEST_PATH, `${REQUEST}  extraManifests: [{name: more, namespace: apps}]\n`),
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
