import { RealHost, type RealHostOptions } from '../../core/host/real-host.ts';

/** Thrown in place of a change that a killed process would not have made any more. */
export class Killed extends Error {}

const CHANGES = ['writeAtomic', 'makeDirectory', 'rename', 'remove', 'chown', 'sync'] as const;

/**
 * The machine, as a process sees it that is killed before its change number `changesLeft + 1`: from then on nothing is
 * changed any more, whatever is tried.
 */
export function hostKilledAfter(
  changesLeft: number,
  options: RealHostOptions = {},
): RealHost & { changes: number } {
  const host = Object.assign(new RealHost(options), { changes: 0 });
  for (const name of CHANGES) {
    const change = host[name].bind(host) as (...values: readonly unknown[]) => Promise<void>;
    const orKilled = async (...values: readonly unknown[]): Promise<void> => {
      if (host.changes >= changesLeft) throw new Killed(`killed before ${name} ${String(values[0])}`);
      host.changes += 1;
      return change(...values);
    };
    Object.assign(host, { [name]: orKilled });
  }
  return host;
}
