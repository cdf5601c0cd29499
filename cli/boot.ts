import type { Command } from 'commander';
import { boot } from '../bootagent/boot/boot.ts';
import { command } from './command.ts';
import { interruption } from './interruption.ts';
import { nodeParts } from './node-parts.ts';

/** `lca boot` */
export function bootCommand(): Command {
  return command('boot', {
    description: `\
The boot agent. lca-boot.service runs it early in every boot. In the first boot of a new stateroot it gives the system \
this node's identity, before network, sshd and workloads; in any other boot it does nothing.

If a step fails, the node reboots into the old stateroot with the reason on record, unless that trigger is switched \
off (annotation auto-rollback-on-failure.lca.openshift.io/post-reboot-config: Disabled).`,
    files: [
      [
        '/var/lib/lca/pivot.json',
        'The attempt: which deployment, since when, how far. Without it nothing is done.',
      ],
      ['/var/lib/lca/site/', "The node's identity, exported by the old stateroot."],
    ],
    seeAlso: ['lca watchdog', 'lca why'],
  }).action(async () => {
    const signal = interruption();
    const { host, log, blackBox } = await nodeParts('boot');
    log.info({ result: await boot({ host, log, blackBox, signal }) }, 'boot agent ended');
  });
}
