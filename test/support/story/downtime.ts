import { type BlackBoxEvent, parseEvents } from '../../../core/contract/events.ts';
import { EVENTS_PATH } from '../../../core/contract/paths.ts';
import type { VmNode } from '../vm/node.ts';

/** Steps that took less are not told one by one. */
const TOLD_SECONDS = 3;

/**
 * How long a node that has just committed to its new system was down, by phase: from stopping the workloads of the old
 * system (where nothing has to be at rest, they run on until it goes down) to the moment at which the new one was the default.
 */
export async function downtimeText(node: VmNode): Promise<string> {
  const old = parseEvents(await node.sh(`cat /ostree/deploy/lca${EVENTS_PATH}`));
  const boot = (await node.sh('cat /proc/sys/kernel/random/boot_id')).trim();
  const fresh = parseEvents(await node.sh(`cat ${EVENTS_PATH}`)).filter((event) => event.boot === boot);
  const [now = 0, uptime = 0, committed = 0] = (
    await node.sh("date +%s.%N; cut -d' ' -f1 /proc/uptime; stat --format=%.9Z /boot/loader")
  )
    .split('\n')
    .map(Number);
  const configuring = fresh.filter(({ sequence }) => sequence === 'boot');
  const moments = [
    ['', at(old.findLast(({ step, message }) => step === 'stop-workloads' && !message.includes(': done')))],
    ['data and site at rest', at(old.findLast(({ step }) => step === 'arm'))],
    ['the old system goes down', now - uptime],
    ['kernel and first units', at(configuring[0])],
    ['boot agent', at(configuring.at(-1))],
    ['cluster and workloads come up, proof', committed],
  ] as const;
  const phases = moments
    .slice(1)
    .map(([what, end], index) => `${what} ${Math.round(end - (moments[index]?.[1] ?? end))} s`);
  const steps = fresh.flatMap(({ step, message }) => {
    const seconds = Number(/: done, (\d+)s$/.exec(message)?.[1] ?? 0);
    return seconds < TOLD_SECONDS ? [] : [`${step} ${seconds} s`];
  });
  return `down for ${Math.round(committed - moments[0][1])} s: ${phases.join(', ')}; of the new system's steps: ${steps.join(', ')}`;
}

/** Seconds since 1970. */
function at(event: BlackBoxEvent | undefined): number {
  if (event === undefined) throw new Error('The black box lacks an event of this upgrade.');
  return Date.parse(event.time) / 1000;
}
