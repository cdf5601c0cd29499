import type { Command } from 'commander';
import { watchAttempt } from '../bootagent/pivot/watchdog.ts';
import { command } from './command.ts';
import { interruption } from './interruption.ts';
import { nodeParts } from './node-parts.ts';

/** `lca watchdog` */
export function watchdogCommand(): Command {
  return command('watchdog', {
    description: `\
The init monitor. In a new stateroot it keeps the deadline: unless the upgrade has completed \
spec.autoRollbackOnFailure.initMonitorTimeoutSeconds (default 1800) after the start of the kernel, the node reboots \
into the old stateroot. Started by lca-watchdog.service; it ends by itself when there is nothing to watch.`,
    files: [['/var/lib/lca/pivot.json', 'The attempt it watches.']],
    seeAlso: ['lca boot', 'lca why'],
  }).action(async () => {
    const signal = interruption();
    const { host, log, blackBox, systemd } = await nodeParts('watchdog');
    log.info({ result: await watchAttempt(host, blackBox, systemd, signal) }, 'watchdog ended');
    // Restart=always is for a watchdog that dies; one that is done rests until it is stopped
    while (!signal.aborted) {
      await systemd.alive();
      await host.sleep(45_000, signal).catch(() => undefined);
    }
  });
}
