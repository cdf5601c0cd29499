import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { CACHE_DIRECTORY } from '../../../images/test-host/cache.ts';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface CommandOptions {
  /** Default 180 s: an emulated CPU is slow, and a busy machine makes it slower. */
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
}

/** The node does not answer: it is down, rebooting, or has no network. */
export class NodeUnreachable extends Error {
  override readonly name = 'NodeUnreachable';
}

/** One kept connection to a node's SSH server, over which every command runs without a new handshake. */
export class SshConnection {
  readonly #port: number;
  readonly #socket: string;
  #master: ChildProcess | undefined;
  #connecting: Promise<void> | undefined;

  constructor(port: number, directory: string) {
    this.#port = port;
    this.#socket = join(directory, 'ssh');
  }

  /** Tries until the node lets us in; whoever asks meanwhile waits for the same connection. */
  connect(timeoutMs: number): Promise<void> {
    this.#connecting ??= this.#connect(timeoutMs).finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const key = await testKey();
    while (!this.connected) {
      if (Date.now() > deadline)
        throw new NodeUnreachable(`No SSH to the node within ${timeoutMs / 1000} s.`);
      await this.disconnect();
      const master = spawn(
        'setpriv',
        ['--pdeathsig', 'KILL', '--', 'ssh', ...this.#options(key.file), '-MN', 'node'],
        {
          stdio: 'ignore',
        },
      );
      this.#master = master;
      while (master.exitCode === null && master.signalCode === null && !existsSync(this.#socket)) {
        if (Date.now() > deadline) break;
        await delay(50);
      }
      if (!this.connected) await delay(200);
    }
  }

  get connected(): boolean {
    const master = this.#master;
    return (
      master !== undefined &&
      master.exitCode === null &&
      master.signalCode === null &&
      existsSync(this.#socket)
    );
  }

  /** Ends the kept connection; a node that rebooted never would. */
  async disconnect(): Promise<void> {
    this.#master?.kill('SIGKILL');
    this.#master = undefined;
    await rm(this.#socket, { force: true });
  }

  /**
   * Runs a command (words) or a shell script (text) as root; a failing command is a result. A lost node throws, and ends
   * the connection, unless there is another one already.
   */
  async run(command: string | readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const master = this.#master;
    try {
      return await this.#run(command, options);
    } catch (error) {
      if (this.#master === master && this.#connecting === undefined) await this.disconnect();
      throw error;
    }
  }

  async #run(command: string | readonly string[], options: CommandOptions): Promise<CommandResult> {
    const timeoutMs = options.timeoutMs ?? 180_000;
    const script = typeof command === 'string' ? command : command.map(quote).join(' ');
    const result = await execa(
      'ssh',
      ['-F', '/dev/null', '-S', this.#socket, '-o', 'ControlMaster=no', 'node', script],
      {
        reject: false,
        stripFinalNewline: false,
        timeout: timeoutMs,
        maxBuffer: 256 * 1024 * 1024,
        ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      },
    );
    if (result.timedOut)
      throw new NodeUnreachable(
        `No end within ${timeoutMs / 1000} s: ${script}\n${result.stdout}\n${result.stderr}`,
      );
    if (result.exitCode === undefined || result.exitCode === 255) {
      throw new NodeUnreachable(`The SSH connection broke in: ${script}\n${result.stderr}`);
    }
    return { stdout: result.stdout, stderr: result.stderr, code: result.exitCode };
  }

  #options(key: string): string[] {
    const settings = {
      HostName: '127.0.0.1',
      Port: this.#port,
      User: 'root',
      IdentityFile: key,
      IdentitiesOnly: 'yes',
      BatchMode: 'yes',
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: '/dev/null',
      KexAlgorithms: 'curve25519-sha256', // the newer hybrids cost an emulated CPU seconds
      HostKeyAlgorithms: 'ssh-ed25519',
      ControlPath: this.#socket,
      ConnectTimeout: 8,
      ServerAliveInterval: 5,
      ServerAliveCountMax: 12,
    };
    return [
      '-F',
      '/dev/null',
      ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ];
  }
}

/** A word as the shell reads it back. */
export function quote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The key pair that opens all test nodes, made once for a checkout. */
export async function testKey(): Promise<{ readonly file: string; readonly publicKey: string }> {
  const file = join(CACHE_DIRECTORY, 'ssh/id_ed25519');
  if (!existsSync(`${file}.pub`)) {
    await mkdir(join(CACHE_DIRECTORY, 'ssh'), { recursive: true });
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lca-test', '-f', file]);
    await chmod(file, 0o600);
  }
  return { file, publicKey: await readFile(`${file}.pub`, 'utf8') };
}
