import type { Step } from '../../../core/sequence/step.ts';
import { readNames } from '../../site/names.ts';
import { SiteError } from '../../site/site-error.ts';
import type { BootContext } from '../boot-context.ts';

/** Host name and machine id. Upgrade has put both in place before the reboot; this makes sure, and sets the kernel's. */
export const setNames: Step<BootContext> = {
  name: 'set-names',
  summary: "Set the node's own host name and machine id",

  async check({ host, site }) {
    const running = ((await host.readText('/proc/sys/kernel/hostname')) ?? '').trim();
    const { hostname, machineId } = await readNames(host);
    const named = hostname === site.hostname && running === site.hostname;
    const done = named && (site.lca.machine_id === '' || machineId === site.lca.machine_id);
    return { done, because: `the node is ${done ? '' : 'not yet '}called ${site.hostname}` };
  },

  async apply({ host, site }) {
    if (site.hostname === '' || site.hostname === 'localhost') {
      throw new SiteError('missing', 'The site configuration names no host name.', {
        remedy: 'Set hostname in site/manifest.json, or give the old system a host name before the upgrade.',
      });
    }
    await host.writeAtomic('/etc/hostname', `${site.hostname}\n`, { mode: 0o644 });
    await host.run(['sysctl', '--quiet', '--write', `kernel.hostname=${site.hostname}`], {
      description: "set the kernel's host name",
      timeoutMs: 60_000,
    });
    if (site.lca.machine_id !== '') {
      await host.writeAtomic('/etc/machine-id', `${site.lca.machine_id}\n`, { mode: 0o444 });
    }
  },
};
