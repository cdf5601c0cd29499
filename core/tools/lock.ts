import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** One that belongs to somebody else. */
const CONFLICT = 75;
/** Somebody who was just killed holds it for a moment. */
const FLOCK = ['flock', '--exclusive', '--timeout', '3', '--conflict-exit-code', String(CONFLICT)] as const;
/** Nothing of lca takes that long; it bounds a lock that was forgotten. */
const LIFETIME_MS = 7 * 24 * 3_600_000;

/** A lock that is held until it is released, or this process ends in whatever way. */
export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Takes a lock of the whole machine (flock(1)). A child holds it that ends when its standard input does: that works from
 * a container too, across its namespaces, where neither process numbers nor a parent's death tell anything. It is in a
 * session of its own, so that a Ctrl-C meant for lca, which puts things in order first, does not end it before.
 *
 * @param path of a file that is made; its directory has to be there
 * @returns undefined if somebody else holds it
 */
export async function takeLock(host: Host, path: string): Promise<HeldLock | undefined> {
  const input = new PassThrough();
  const holder = host.stream(['setsid', ...FLOCK, host.machinePath(path), 'cat'], {
    description: `hold the lock ${path}`,
    timeoutMs: LIFETIME_MS,
    input,
  });
  input.write('held\n'); // echoed once the lock is held
  try {
    const echo = once(holder.stdout, 'data');
    echo.catch(() => undefined);
    await Promise.race([echo, holder.done]);
  } catch (error) {
    if (error instanceof HostError && error.exitCode === CONFLICT) return undefined;
    throw error;
  }
  holder.stdout.resume();
  return {
    async release() {
      input.end();
      await holder.done.catch(() => undefined); // ended by somebody: it is not held any more either way
    },
  };
}

/** Whether somebody holds a lock of a file that is there, such as a program's own database. */
export async function isLocked(host: Host, path: string, description: string): Promise<boolean> {
  const { exitCode } = await host.run([...FLOCK, host.machinePath(path), 'true'], {
    description,
    timeoutMs: 10_000,
    okExitCodes: [0, CONFLICT],
  });
  return exitCode === CONFLICT;
}
