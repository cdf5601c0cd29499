import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootedLayout, type NodeLayout } from '../../builder/node-layout.ts';
import type { SeedRequest } from '../../builder/seed-context.ts';
import type { Host } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { type FileSpec, makeSysroot, SMALL_SYSTEM, type TestSysroot, writeTree } from './ostree-sysroot.ts';

/** A directory that is a seed node: a real ostree sysroot; systemd and podman are stand-ins that keep a diary. */
export interface SeedNode {
  readonly host: Host;
  readonly sysroot: TestSysroot;
  readonly layout: NodeLayout;
  /** Prepended to PATH, it makes `systemctl` and `podman` the stand-ins. */
  readonly programs: string;
  /** The stand-ins' diary: one line a command that changed something. */
  diary(): Promise<readonly string[]>;
  /** Names of units and containers that run now. */
  running(): Promise<readonly string[]>;
}

const WORKLOADS = ['web.service', 'db.service', 'plain-container'];

/** Runs of systemctl and podman as the builder makes them, against a directory with one file for each running thing. */
const SYSTEMCTL = `#!/bin/sh
state=STATE
case "$1" in
  show) printf 'ActiveState=active\\nWhat=/dev/vda5\\n' ;;
  cat) printf '[Mount]\\nWhat=/dev/disk/by-partlabel/var-lib-containers\\nWhere=/var/lib/containers\\n' ;;
  stop) echo "stop $2" >> $state/diary; sleep "$(cat $state/slow 2>/dev/null || echo 0)"; rm -f "$state/running/$2" ;;
  start) [ "$(cat $state/broken 2>/dev/null)" = "$2" ] && exit 1; echo "start $2" >> $state/diary; touch "$state/running/$2" ;;
  *) exit 1 ;;
esac
`;
const PODMAN = `#!/bin/sh
state=STATE
case "$1" in
  ps)
    printf '['
    comma=
    for name in $(ls $state/running); do
      case $name in
        *.service) labels="{\\"PODMAN_SYSTEMD_UNIT\\":\\"$name\\"}" ;;
        *) labels=null ;;
      esac
      printf '%s{"Id":"id-%s","Names":["%s"],"Pid":1,"AutoRemove":false,"Image":"x","Labels":%s}' "$comma" "$name" "$name" "$labels"
      comma=,
    done
    printf ']' ;;
  images) cat $state/images.json ;;
  stop) for name; do :; done; echo "stop $name" >> $state/diary; rm -f "$state/running/$name" ;;
  start) echo "start $2" >> $state/diary; touch "$state/running/$2" ;;
  *) exit 1 ;;
esac
`;

const IMAGES = [
  {
    Id: '1'.repeat(64),
    Size: 1000,
    Names: ['registry.example.com/app/web:1'],
    RepoDigests: [`registry.example.com/app/web@sha256:${'a'.repeat(64)}`],
  },
  { Id: '2'.repeat(64), Size: 200, Names: ['registry.example.com/app/db:2'], RepoDigests: [] },
  {
    Id: '3'.repeat(64),
    Names: ['localhost/built-here:latest'],
    RepoDigests: [`localhost/built-here@sha256:${'b'.repeat(64)}`],
  },
];

/** What a node has besides its system: some of it must be in the image, some must never be. */
export const NODE_FILES: Readonly<Record<string, FileSpec>> = {
  'var/lib/app/data.db': 'application data',
  'var/lib/app/with space\nand newline': 'x',
  'var/lib/NetworkManager/secret_key': 'secret',
  'var/lib/systemd/random-seed': 'random',
  'var/lib/systemd/credential.secret': 'secret',
  'var/lib/containers/storage/overlay/layer': 'a container image',
  'var/lib/lca/ibu.yaml': 'a request',
  'var/lib/lca/events.jsonl': '{}\n',
  'var/lib/lca/health.d/required.d/check.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'var/log/messages': 'log',
  'var/log/app/app.log': 'log',
  'var/log/journal/0123456789abcdef0123456789abcdef/system.journal': 'log',
  'var/home/core/.bash_history': 'rm -rf /',
  'var/home/core/.ssh/authorized_keys': 'ssh-ed25519 AAAA somebody',
  'var/home/core/notes': { text: 'kept', uid: 1000, gid: 1000, mode: 0o600 },
  'var/roothome/.config/containers/auth.json': '{"auths":{}}',
};

export const ETC_FILES: Readonly<Record<string, FileSpec>> = {
  'machine-id': '0123456789abcdef0123456789abcdef\n',
  hostname: 'the-seed\n',
  'ssh/ssh_host_ed25519_key': {
    text: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n',
    mode: 0o600,
  },
  'ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAA',
  'NetworkManager/system-connections/eth0.nmconnection': '[connection]\nid=eth0\n',
  'app/added.conf': 'added',
};

export async function makeSeedNode(
  directory: string,
  system: Readonly<Record<string, FileSpec>> = SMALL_SYSTEM,
): Promise<SeedNode> {
  const sysroot = await makeSysroot(directory, system, {
    kernelArguments: ['root=LABEL=root', 'console=ttyS0', 'mitigations=off'],
  });
  const state = join(directory, 'stand-ins');
  const programs = join(state, 'bin');
  await mkdir(join(state, 'running'), { recursive: true });
  await mkdir(programs);
  for (const [name, text] of [
    ['systemctl', SYSTEMCTL],
    ['podman', PODMAN],
  ] as const) {
    await writeFile(join(programs, name), text.replace('STATE', state));
    await chmod(join(programs, name), 0o755);
  }
  for (const name of WORKLOADS) await writeFile(join(state, 'running', name), '');
  await writeFile(join(state, 'images.json'), JSON.stringify(IMAGES));
  await writeTree(sysroot.staterootPath, NODE_FILES);
  await writeTree(join(sysroot.deployment, 'etc'), {});
  for (const [name, spec] of Object.entries(ETC_FILES)) {
    await import('node:fs/promises').then(({ rm }) =>
      rm(join(sysroot.deployment, 'etc', name), { force: true }),
    );
    await writeTree(join(sysroot.deployment, 'etc'), { [name]: spec });
  }
  // the running node, as seen from its root directory
  await symlink(`ostree/deploy/${sysroot.stateroot}/var`, join(sysroot.path, 'var'));
  await writeTree(sysroot.path, { 'usr/bin/podman': 'there', 'usr/bin/skopeo': 'there' });
  const host = new RealHost().within(sysroot.path);
  const entries = await host.list('/boot/loader/entries');
  const entry = (await host.readText(`/boot/loader/entries/${entries[0]}`)) ?? '';
  await writeTree(sysroot.path, { 'proc/cmdline': /^options (.*)$/m.exec(entry)?.[1] ?? '' });
  const layout = { ...(await bootedLayout(host)), varParent: `/ostree/deploy/${sysroot.stateroot}` };
  return {
    host,
    sysroot,
    layout,
    programs,
    diary: async () =>
      (await readFile(join(state, 'diary'), 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== ''),
    running: async () => (await new RealHost().list(join(state, 'running'))).toSorted(),
  };
}

export function seedRequest(choices: Partial<SeedRequest> = {}): SeedRequest {
  return {
    pullSpec: 'registry.example.com/seeds/test:1',
    registry: { tlsVerify: false },
    outputDirectory: undefined,
    previous: undefined,
    version: undefined,
    allowPrivateKeys: [],
    ownProcess: process.pid,
    ...choices,
  };
}
