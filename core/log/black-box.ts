import { appendEvent, type EventOrigin, type NewEvent } from '../contract/events.ts';
import { EVENTS_PATH } from '../contract/paths.ts';
import type { Host } from '../host/host.ts';
import { bootedStateroot } from '../sysroot/sysroot.ts';

/** The append-only story of a node: every step, decision and failure, with times, readable from either stateroot. */
export interface BlackBox {
  readonly origin: EventOrigin;
  /** Adds a line and flushes it. Never throws: a full disk must not stop a rollback. */
  record(event: NewEvent): Promise<void>;
}

/** Opens this boot's black box. */
export async function openBlackBox(host: Host, path: string = EVENTS_PATH): Promise<BlackBox> {
  const origin = { boot: await bootId(host), stateroot: await bootedStateroot(host).catch(() => 'unknown') };
  return {
    origin,
    record: (event) => appendEvent(host, origin, event, path).catch(() => undefined),
  };
}

/** The kernel's random id of this boot (random(4)). */
export async function bootId(host: Host): Promise<string> {
  return ((await host.readText('/proc/sys/kernel/random/boot_id')) ?? 'unknown').trim();
}
