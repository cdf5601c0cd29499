import { readEvents } from '../../core/contract/events.ts';
import { legibleStage } from '../../core/contract/image-based-upgrade.ts';
import { REQUEST_PATH, STATUS_PATH } from '../../core/contract/paths.ts';
import { readPivot } from '../../core/contract/pivot.ts';
import { FRESH_STATUS, parseStatus } from '../../core/contract/status.ts';
import type { Host } from '../../core/host/host.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import { LAST_PIVOT_PATH } from '../pivot/record.ts';
import type { Known } from './explain.ts';

/** Gathers what `lca status` and `lca why` tell from, in either stateroot; changes nothing. */
export async function gatherKnown(host: Host): Promise<Known> {
  const text = await host.readText(STATUS_PATH);
  const open = await readPivot(host);
  const pivot = open.pivot ?? (await readPivot(host, LAST_PIVOT_PATH)).pivot;
  const booted = await readSysroot(host).then(
    (sysroot) => sysroot.booted.stateroot,
    () => 'unknown',
  );
  return {
    status: text === undefined ? FRESH_STATUS : parseStatus(text),
    pivot,
    events: await readEvents(host),
    requested: legibleStage((await host.readText(REQUEST_PATH)) ?? ''),
    booted,
    now: host.now(),
  };
}
