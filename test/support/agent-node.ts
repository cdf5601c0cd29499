import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runAgent } from '../../bootagent/agent/agent.ts';
import { StatusStore } from '../../bootagent/agent/status-store.ts';
import type { SeedBuilder } from '../../bootagent/seed-generator/seed-builder.ts';
import { LCA_DIRECTORY } from '../../core/contract/paths.ts';
import type { Argv, RunOptions, RunResult } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { openBlackBox } from '../../core/log/black-box.ts';
import { createLogger } from '../../core/log/logger.ts';
import { serviceManager } from '../../core/tools/service-manager.ts';
import { checksumOf } from './fake-sysroot.ts';
import { shownCommand } from './kubernetes-node.ts';

const STATEROOT = 'lca';

/** A machine below a directory: its files are real, the programs it runs are played. */
class PlayedMachine extends RealHost {
  /** Every command line that was run, for tests that look for what must not be in one. */
  readonly commands: string[] = [];
  readonly answers: readonly (readonly [RegExp, string])[];

  constructor(root: string, answers: readonly (readonly [RegExp, string])[]) {
    super({ root });
    this.answers = answers;
  }

  override async run(argv: Argv, _options: RunOptions): Promise<RunResult> {
    const line = argv.join(' ');
    this.commands.push(line);
    const stdout = this.answers.find(([pattern]) => pattern.test(line))?.[1] ?? '';
    return { stdout, stderr: '', exitCode: 0 };
  }
}

/** Nobody makes seeds here. */
export const NO_BUILDER: SeedBuilder = {
  start: () => Promise.reject(new Error('There is no builder.')),
  isRunning: async () => false,
  restore: async () => undefined,
};

/**
 * The agent as `lca agent` runs it, all of it, on a machine below a directory. A control plane's directory will do: with
 * `names` it counts as a node of platform kubernetes.
 */
export class AgentNode {
  readonly host: PlayedMachine;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(root: string, names?: { readonly name: string; readonly address: string }) {
    const file = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const checksum = checksumOf('a');
    const link = `ostree/boot.1/${STATEROOT}/${checksum}/0`;
    mkdirSync(join(root, `ostree/deploy/${STATEROOT}/deploy/${checksum}.0`), { recursive: true });
    mkdirSync(dirname(join(root, link)), { recursive: true });
    symlinkSync(`../../../deploy/${STATEROOT}/deploy/${checksum}.0`, join(root, link));
    file(
      'boot/loader/entries/ostree-1.conf',
      `title x\nversion 1\noptions root=LABEL=root ostree=/${link}\nlinux /l\ninitrd /i\n`,
    );
    file('proc/cmdline', `ostree=/${link}\n`);
    file('proc/sys/kernel/random/boot_id', 'this-boot\n');
    if (names !== undefined) {
      file('usr/lib/systemd/system/kubelet.service', '');
      file('usr/bin/etcd', '');
      file('proc/sys/kernel/hostname', `${names.name}\n`);
      file('etc/hostname', `${names.name}\n`);
    }
    const addresses = [{ addr_info: [{ local: names?.address, prefixlen: 24 }] }];
    this.host = new PlayedMachine(root, [
      [/^systemctl show .*var-lib-containers\.mount$/, 'ActiveState=active\nWhat=/dev/vdb1\n'],
      [/^systemctl show /, shownCommand('/usr/bin/kubelet')],
      [/^ip -json/, JSON.stringify(addresses)],
      [/^ostree admin --help$/, '  set-default  Make a deployment the default\n'],
    ]);
  }

  /** Starts the agent, after stopping the one that runs. */
  async boot(builder: SeedBuilder = NO_BUILDER): Promise<void> {
    await this.stop();
    const { host } = this;
    await host.makeDirectory(LCA_DIRECTORY, 0o755);
    const blackBox = await openBlackBox(host);
    const { store } = await StatusStore.open(host, STATEROOT);
    const log = createLogger('agent', process.env['DOOR_LOG'] ?? 'silent');
    const stop = new AbortController();
    this.#stop = stop;
    const systemd = serviceManager(host, undefined, process.pid);
    this.#running = runAgent({ host, store, blackBox, log }, systemd, builder, stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop?.abort(new Error('stopped'));
    await this.#running;
  }
}
