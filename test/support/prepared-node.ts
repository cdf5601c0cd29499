import { StatusStore } from '../../bootagent/agent/status-store.ts';
import { upgrade } from '../../bootagent/agent/upgrade.ts';
import type { TaskOptions } from '../../bootagent/agent/work.ts';
import { WORKSPACE } from '../../bootagent/stages/workspace.ts';
import { SEED_INFO_PATH } from '../../core/contract/paths.ts';
import { createLogger } from '../../core/log/logger.ts';
import { memoryBox, NEW, nodeRunning } from './fake-attempt.ts';
import { checksumOf } from './fake-sysroot.ts';
import { PREPARED_SEED, seedInfo } from './prepared-seed.ts';
import type { RecordingHost } from './recording-host.ts';
import { requestFor } from './upgrade-story.ts';

/** A command that asks systemd for the reboot. */
export const REBOOT = /^systemctl start .*reboot\.target$/;

const WORKLOADS = JSON.stringify([
  { Id: '1', Names: ['own'], Labels: { PODMAN_SYSTEMD_UNIT: 'own.service' } },
]);
const THEIRS = `/ostree/deploy/${NEW.stateroot}`;

/** A node whose Prep has ended, with one workload, in memory. */
export interface PreparedNode {
  readonly host: RecordingHost;
  readonly store: StatusStore;
  readonly messages: readonly string[];
  /** What the agent gives its tasks; a new signal each time, as after a restart. */
  task(stop?: AbortController): TaskOptions;
  works(): boolean;
  isArmed(): boolean;
  rebootsAskedFor(): number;
}

/** The node, on which all of Upgrade can be run. */
export async function preparedNode(): Promise<PreparedNode> {
  const host = nodeRunning('old', undefined);
  let works = true;
  const turns = (on: boolean) => () => {
    works = on;
    return '';
  };
  host
    .on(/^(cp |cmp |podman |ostree admin (pin|cleanup))/, '')
    .on(/^ip -json /, '[]')
    .on(/^realpath /, (argv) => `${argv.at(-1)}\0`)
    .on(/^podman ps --format=json$/, () => (works ? WORKLOADS : '[]'))
    .on(/^systemctl stop own\.service$/, turns(false))
    .on(/^systemctl start own\.service$/, turns(true))
    .file('/usr/bin/podman', '')
    .file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`)
    .file('/etc/hostname', 'node-7\n')
    .file('/var/lib/app/data', 'x')
    .file(THEIRS + SEED_INFO_PATH, JSON.stringify(seedInfo([])))
    .file(WORKSPACE.seedDescription, JSON.stringify(PREPARED_SEED));
  for (const name of ['vmlinuz', 'initramfs.img']) {
    host
      .file(`${THEIRS}/deploy/${checksumOf(NEW.digit)}.0/usr/lib/modules/6.1/${name}`, 'x')
      .file(`/boot/ostree/${NEW.stateroot}/${name}`, 'x');
  }
  const { store } = await StatusStore.open(host, 'lca');
  const blackBox = memoryBox();
  const request = requestFor('Upgrade', { carryOver: ['/var/lib/app'] });
  await store.update((status) => ({
    ...status,
    lca: { ...status.lca, stateroots: { original: 'lca', new: NEW.stateroot } },
  }));
  return {
    host,
    store,
    messages: blackBox.messages,
    task: (stop = new AbortController()) => ({
      agent: { host, store, blackBox, log: createLogger('test', 'silent') },
      request,
      signal: stop.signal,
    }),
    works: () => works,
    isArmed: () => /lca_try_entry=\d/.test(host.files.get('/boot/grub2/grubenv') ?? ''),
    rebootsAskedFor: () => host.transcript.filter((line) => REBOOT.test(line.slice('run '.length))).length,
  };
}

/** Upgrades up to the moment at which the agent waits to be stopped by the reboot that it has asked for, and stops it. */
export async function upgradeToReboot(node: PreparedNode): Promise<void> {
  const stop = new AbortController();
  node.host.on(REBOOT, () => {
    stop.abort(new Error('The agent is stopped.'));
    return '';
  });
  await upgrade(node.task(stop)).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
}
