import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SerialConsole } from './console.ts';
import { freePort, type Hardware, startQemu } from './qemu.ts';
import { Qmp } from './qmp.ts';
import { type CommandOptions, type CommandResult, NodeUnreachable, quote, SshConnection } from './ssh.ts';
import { packForGuest, packInGuest, unpackFromGuest } from './transfer.ts';

/** An idle machine needs 20 s; one whose two cores are busy with other things has needed 180 s. */
const BOOT_TIMEOUT_MS = 480_000;

/** The part of the hardware that stays the same however often the node is switched on. */
export type FixedHardware = Omit<Hardware, 'qmpSocket' | 'sshPort' | 'incoming'>;

/** What happens to a node's files when it is disposed of. */
export interface NodeFiles {
  readonly directory: string;
  readonly keep: boolean;
}

/**
 * A virtual machine with an ostree system, and the person in front of it: its power switch, its serial console, and a
 * root shell. Ends with `await using` or `dispose()`.
 */
export class VmNode implements AsyncDisposable {
  readonly name: string;
  readonly console: SerialConsole;
  readonly hardware: FixedHardware;
  readonly #files: NodeFiles;
  #qemu: ChildProcess | undefined;
  #qmp: Qmp | undefined;
  #ssh: SshConnection | undefined;
  #sockets: string | undefined;
  #bootId: string | undefined;

  constructor(name: string, hardware: FixedHardware, serial: SerialConsole, files: NodeFiles) {
    this.name = name;
    this.hardware = hardware;
    this.console = serial;
    this.#files = files;
  }

  get ip(): string {
    return this.hardware.ip;
  }

  get isRunning(): boolean {
    return this.#qemu !== undefined;
  }

  /** Switches the node on and returns when QEMU runs; `waitForBoot` waits for the system. */
  async powerOn(options: { readonly incoming?: string } = {}): Promise<void> {
    if (this.#qemu) throw new Error(`Node ${this.name} is on already.`);
    this.#sockets = await mkdtemp(join(tmpdir(), 'lca-vm-'));
    const sshPort = await freePort();
    const hardware = { ...this.hardware, ...options, sshPort, qmpSocket: join(this.#sockets, 'qmp') };
    this.console.note(options.incoming === undefined ? 'power on' : 'resume');
    const qemu = startQemu(hardware, this.console);
    qemu.once('close', () => {
      if (this.#qemu === qemu) this.#qemu = undefined;
    });
    this.#qemu = qemu;
    this.#ssh = new SshConnection(sshPort, this.#sockets);
    this.#qmp = await Qmp.connect(hardware.qmpSocket);
  }

  /** Cuts the power: QEMU is killed, and all that the guest had not flushed to its disk is lost. */
  async powerCut(): Promise<void> {
    this.console.note('power cut');
    await this.#off();
  }

  /** Asks the system to power off, and waits until the machine is off. */
  async shutdown(timeoutMs = BOOT_TIMEOUT_MS): Promise<void> {
    const qemu = this.#qemu;
    if (!qemu) return;
    const ended = once(qemu, 'close', { signal: AbortSignal.timeout(timeoutMs) });
    await this.ssh('systemctl poweroff --no-block');
    await ended;
    await this.#off();
  }

  /**
   * Waits until the node, booted since the boot last seen, lets us in by SSH.
   *
   * @returns the boot's id
   */
  async waitForBoot(options: { readonly timeoutMs?: number } = {}): Promise<string> {
    const timeoutMs = options.timeoutMs ?? BOOT_TIMEOUT_MS;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (!this.#qemu) throw new Error(`Node ${this.name} is off. Its console ends:\n${this.console.tail()}`);
      const id = await this.#askBootId().catch(() => undefined);
      if (id !== undefined && id !== this.#bootId) {
        this.#bootId = id;
        return id;
      }
      if (this.console.isDeadAfterPanic()) {
        throw new Error(
          `The kernel of node ${this.name} panicked for good. Its console ends:\n${this.console.tail()}`,
        );
      }
      if (Date.now() > deadline) {
        const since = this.#bootId === undefined ? '' : ` again since boot ${this.#bootId}`;
        throw new Error(
          `Node ${this.name} did not boot${since} within ${timeoutMs / 1000} s. Its console ends:\n${this.console.tail()}`,
        );
      }
      await delay(500);
    }
  }

  /** Asks the running system to reboot and waits for the next one. */
  async reboot(options: { readonly timeoutMs?: number } = {}): Promise<string> {
    await this.bootId();
    await this.ssh('systemctl reboot --no-block').catch(() => undefined);
    return this.waitForBoot(options);
  }

  /** The id of the running boot; `waitForBoot` then waits for another one. */
  async bootId(): Promise<string> {
    this.#bootId = await this.sh('cat /proc/sys/kernel/random/boot_id');
    return this.#bootId;
  }

  /** Runs a command (array of words) or a shell script (text) as root. A failing command is a result; a lost node throws `NodeUnreachable`. */
  async ssh(command: string | readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const ssh = this.#ssh;
    if (!ssh || !this.#qemu) throw new NodeUnreachable(`Node ${this.name} is off.`);
    if (!ssh.connected) await ssh.connect(options.timeoutMs ?? 180_000);
    return ssh.run(command, options);
  }

  /** Like `ssh`, but returns standard output without the white space around it, and throws when the command fails. */
  async sh(command: string | readonly string[], options: CommandOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.ssh(command, options);
    const text = typeof command === 'string' ? command : command.join(' ');
    if (code !== 0)
      throw new Error(`On node ${this.name} failed with exit code ${code}: ${text}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Copies a file or a directory into the node, under the very path given. */
  async copyIn(local: string, remote: string): Promise<void> {
    await this.sh(await packForGuest(this.hardware.transferDisk, local, remote), { timeoutMs: 300_000 });
  }

  /** Copies a file or a directory out of the node, under the very path given. */
  async copyOut(remote: string, local: string): Promise<void> {
    await this.sh(packInGuest(remote), { timeoutMs: 300_000 });
    await unpackFromGuest(this.hardware.transferDisk, remote, local);
  }

  /** Writes a small file, with its directories; mode in octal digits. */
  async writeFile(path: string, content: string | Uint8Array, mode = '0644'): Promise<void> {
    await this.sh(`install -D -m ${mode} /dev/stdin ${quote(path)}`, { input: content });
  }

  /** A file's text; undefined if there is none. */
  async readFile(path: string): Promise<string | undefined> {
    const { stdout, code } = await this.ssh(`test -e ${quote(path)} || exit 44; cat ${quote(path)}`);
    if (code === 44) return undefined;
    if (code !== 0) throw new Error(`Could not read ${path} on node ${this.name}.`);
    return stdout;
  }

  /** Plugs the network cable in or out. While it is out there is no SSH either, and the console is the only witness. */
  async setNetworkLink(up: boolean): Promise<void> {
    this.console.note(`network cable ${up ? 'in' : 'out'}`);
    await this.#monitor().execute('set_link', { name: 'nic', up });
  }

  /** Resets the machine as its button would, without a word to the system. */
  async reset(): Promise<void> {
    this.console.note('reset');
    await this.#ssh?.disconnect();
    await this.#monitor().execute('system_reset');
  }

  /** Stops the node for ever and writes its RAM to a file; its disk then holds what belongs to it. */
  async freeze(ramFile: string): Promise<void> {
    await this.#ssh?.disconnect();
    const qmp = this.#monitor();
    await qmp.execute('stop');
    await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 100_000_000_000 });
    await qmp.execute('migrate', { uri: `exec:cat >'${ramFile}'` });
    for (;;) {
      const { status } = (await qmp.execute('query-migrate')) as { readonly status: string };
      if (status === 'completed') break;
      if (status === 'failed' || status === 'cancelled')
        throw new Error(`Could not save node ${this.name}: ${status}.`);
      await delay(100);
    }
    this.console.note('saved');
    await qmp.execute('quit').catch(() => undefined);
    await this.#off();
  }

  /** Waits until a resumed node runs on, and sets its clock, which stood still. */
  async thaw(): Promise<void> {
    for (;;) {
      const { status } = (await this.#monitor().execute('query-status')) as { readonly status: string };
      if (status === 'running') break;
      if (status === 'paused')
        await this.#monitor().execute('cont'); // it was stopped when it was saved, and that is saved too
      else await delay(50);
    }
    await this.sh(`date -u -s @${(Date.now() / 1000).toFixed(3)} >/dev/null`);
    await this.bootId();
  }

  async dispose(): Promise<void> {
    await this.#off();
    if (!this.#files.keep) await rm(this.#files.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #monitor(): Qmp {
    if (!this.#qmp || !this.#qemu) throw new Error(`Node ${this.name} is off.`);
    return this.#qmp;
  }

  async #askBootId(): Promise<string> {
    const { stdout } = await this.ssh('cat /proc/sys/kernel/random/boot_id', { timeoutMs: 30_000 });
    return stdout.trim();
  }

  async #off(): Promise<void> {
    await this.#ssh?.disconnect();
    this.#qmp?.close();
    const qemu = this.#qemu;
    if (qemu && qemu.exitCode === null && qemu.signalCode === null) {
      const closed = once(qemu, 'close');
      qemu.kill('SIGKILL');
      await closed;
    }
    this.#qemu = undefined;
    if (this.#sockets) await rm(this.#sockets, { recursive: true, force: true });
    this.#sockets = undefined;
  }
}
