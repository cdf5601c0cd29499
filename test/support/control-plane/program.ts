import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server of a test's control plane. It goes with the test's process, however that ends. */
export interface Program {
  readonly name: string;
  /** Its standard output and error. */
  readonly log: string;
  /** Waits until `isUp` answers true. @throws Error with the end of the log when the program ends or is not up in time */
  untilUp(isUp: () => Promise<boolean>): Promise<void>;
  /** Ends it (SIGTERM, SIGKILL when it takes too long) and waits for its end. */
  stop(): Promise<void>;
}

const UP_MS = 180_000;
const POLL_MS = 100;
const STOP_MS = 30_000;
const LOG_CHARACTERS = 2000;

/**
 * Starts a program with flags (`--name=value`), its log in `logs`.
 *
 * @param path of the executable, or its name on the search path
 */
export function startProgram(path: string, flags: Readonly<Record<string, string>>, logs: string): Program {
  const name = basename(path);
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${name}.log`);
  const output = openSync(log, 'a');
  const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', path, ...argv], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = once(child, 'exit');
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    log,
    untilUp: async (isUp) => {
      const until = Date.now() + UP_MS;
      while (!(await isUp().catch(() => false))) {
        if (!hasEnded() && Date.now() < until) {
          await delay(POLL_MS);
          continue;
        }
        const what = hasEnded() ? `ended with ${child.exitCode ?? child.signalCode}` : 'is not up in time';
        throw new Error(`${name} ${what}:\n${readFileSync(log, 'utf8').slice(-LOG_CHARACTERS)}`);
      }
    },
    stop: async () => {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      const killed = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(killed);
    },
  };
}

/** Loopback ports nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as { port: number }).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
