import type { VmNode } from '../vm/node.ts';

/** Where the time of a first boot went, in seconds of the guest's boot clock. */
export interface Overhead {
  /** The boot agent, for which the rest of the system waits. */
  readonly bootAgent: number;
  /** From the boot agent's end until systemd had started everything. */
  readonly units: number;
  /** From then until the new stateroot was the default. */
  readonly proof: number;
  /** Kernel start to commit. */
  readonly total: number;
}

/** What lca added to the boot that has just been confirmed: everything but the wait for the node's own units. */
export async function overheadOf(node: VmNode): Promise<Overhead> {
  const property = async (unit: string, name: string): Promise<number> =>
    Number(await node.sh(`systemctl show --value --property=${name} ${unit}`)) / 1e6;
  const [now = 0, uptime = 0, swapped = 0] = (
    await node.sh("date +%s.%N; cut -d' ' -f1 /proc/uptime; stat --format=%.9Z /boot/loader")
  )
    .split('\n')
    .map(Number);
  // the link is replaced when the default changes; what ostree cleans up afterwards holds nobody up
  const total = swapped - (now - uptime);
  if (total < 0 || total > uptime) throw new Error('The running stateroot was not confirmed in this boot.');
  const ended = await property('lca-boot.service', 'ExecMainExitTimestampMonotonic');
  const bootAgent = ended - (await property('lca-boot.service', 'ExecMainStartTimestampMonotonic'));
  const units = Math.max(0, (await property('multi-user.target', 'ActiveEnterTimestampMonotonic')) - ended);
  return { bootAgent, units, proof: Math.max(0, total - ended - units), total };
}

/** `lca took 3.1 s of 41.0 s from kernel to commit (boot agent 2.0 s, proof 1.1 s; units 12.0 s)` */
export function overheadText({ bootAgent, units, proof, total }: Overhead): string {
  const s = (seconds: number): string => `${seconds.toFixed(1)} s`;
  return `lca took ${s(bootAgent + proof)} of ${s(total)} from kernel to commit (boot agent ${s(bootAgent)}, proof ${s(proof)}; units ${s(units)})`;
}
