import type { Host } from '../../core/host/host.ts';
import { withWritableSystem } from '../agent/writable-system.ts';
import { knownBootloader } from './bootloader/index.ts';

/** Takes back an order to boot once that the boot loader still holds, also where /boot is mounted read-only. */
export async function takeBackOrder(host: Host): Promise<void> {
  const bootloader = await knownBootloader(host);
  if (!(await bootloader?.isArmed(host))) return;
  await withWritableSystem(host, async () => bootloader?.disarm(host));
}
