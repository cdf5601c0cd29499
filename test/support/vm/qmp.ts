import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

interface Reply {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
}

/** A connection to QEMU's machine protocol (JSON lines over a Unix socket). */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #lastId = 0;
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('QEMU closed its control connection.'));
      this.#waiting.clear();
    });
  }

  /** Connects as soon as QEMU listens on the socket; throws when it does not within 20 s. */
  static async connect(path: string): Promise<Qmp> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const socket = createConnection(path);
      try {
        await once(socket, 'connect');
        const qmp = new Qmp(socket);
        await qmp.execute('qmp_capabilities');
        return qmp;
      } catch (error) {
        socket.destroy();
        if (Date.now() > deadline) throw new Error(`QEMU does not answer on ${path}.`, { cause: error });
        await delay(50);
      }
    }
  }

  /** Runs a command and returns its answer; throws with QEMU's words when it refuses. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const reply = JSON.parse(line) as Reply;
      const waiting = reply.id === undefined ? undefined : this.#waiting.get(reply.id);
      if (waiting === undefined || reply.id === undefined) continue;
      this.#waiting.delete(reply.id);
      if (reply.error) waiting.reject(new Error(`QEMU refused: ${reply.error.desc}`));
      else waiting.resolve(reply.return);
    }
  }
}
