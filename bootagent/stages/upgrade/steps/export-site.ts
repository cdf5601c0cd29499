import { SEED_RECONFIGURATION_PATH, SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import {
  NO_RECONFIGURATION,
  writeSeedReconfiguration,
} from '../../../../core/contract/seed-reconfiguration.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { exportItem } from '../../../site/item-files.ts';
import { SITE_ITEMS } from '../../../site/items.ts';
import { readNames } from '../../../site/names.ts';
import { proxyLines } from '../../../site/proxy-environment.ts';
import { readAuthorizedKeys } from '../../../site/users.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

/** Writes down who this node is, for the first boot of the new system. Exported anew on every run: it may change until the last moment. */
export const exportSite: Step<StageContext> = {
  name: 'export-site',
  summary: "Export the site's identity",

  async check({ host, request }) {
    const { staterootPath } = await newSystem(host);
    const text = await host.readText(`${staterootPath}${SITE_DIRECTORY}/exported-for`);
    const done = text?.trim() === request.specHash;
    return { done, because: done ? 'the identity is exported' : 'the identity has to be exported' };
  },

  async apply({ host, request, report }) {
    const { staterootPath } = await newSystem(host);
    const directory = staterootPath + SITE_DIRECTORY;
    await host.remove(directory);
    await host.makeDirectory(directory, 0o700);
    for (const item of SITE_ITEMS) {
      await report(`exporting ${item.summary}`);
      await exportItem(host, item, directory);
    }
    const { hostname, machineId, timezone } = await readNames(host);
    await writeSeedReconfiguration(
      host,
      {
        ...NO_RECONFIGURATION,
        hostname,
        lca: {
          timezone,
          machine_id: machineId,
          authorized_keys: await readAuthorizedKeys(host),
          proxy_environment: [...proxyLines((await host.readText('/etc/environment')) ?? '')],
          carry_over: [...request.carryOver],
        },
      },
      staterootPath + SEED_RECONFIGURATION_PATH,
    );
    await host.sync(directory);
    await host.writeAtomic(`${directory}/exported-for`, `${request.specHash}\n`);
  },
};
