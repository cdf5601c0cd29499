import { basename } from 'node:path';
import {
  SEED_RECONFIGURATION_PATH,
  SITE_DIRECTORY,
  SITE_NETWORK_PATH,
} from '../../../../core/contract/paths.ts';
import {
  NO_RECONFIGURATION,
  writeSeedReconfiguration,
} from '../../../../core/contract/seed-reconfiguration.ts';
import { writeSiteNetwork } from '../../../../core/contract/site-network.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { MANIFEST_DIRECTORIES } from '../../../manifests/stored-manifests.ts';
import { readExport } from '../../../site/cluster/export-cluster.ts';
import { writeManifests } from '../../../site/cluster/manifests.ts';
import { exportItems } from '../../../site/item-files.ts';
import { siteItems } from '../../../site/items.ts';
import { readNames } from '../../../site/names.ts';
import { readNetwork } from '../../../site/network.ts';
import { proxyLines } from '../../../site/proxy-environment.ts';
import { readAuthorizedKeys } from '../../../site/users.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { EXPORTED_CLUSTER } from './export-cluster.ts';
import { MANIFESTS_EXPORTED_FOR } from './export-manifests.ts';

/** Put there by `export-manifests` while the cluster could still be asked. */
const EXPORTED_BEFORE: readonly string[] = [
  MANIFESTS_EXPORTED_FOR,
  ...Object.values(MANIFEST_DIRECTORIES),
].map((path) => basename(path));

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
    const { staterootPath, deploymentPath } = await newSystem(host);
    const directory = staterootPath + SITE_DIRECTORY;
    await host.makeDirectory(directory, 0o700);
    for (const name of await host.list(directory)) {
      if (!EXPORTED_BEFORE.includes(name)) await host.remove(`${directory}/${name}`);
    }
    const cluster = await readExport(host, EXPORTED_CLUSTER);
    const items = siteItems(cluster !== undefined);
    await report(`exporting ${items.map(({ summary }) => summary).join(', ')}`);
    await exportItems(host, items, directory, `${deploymentPath}/usr/etc`);
    const { hostname, machineId, timezone } = await readNames(host);
    if (cluster !== undefined) await writeManifests(host, directory, cluster.manifests);
    await writeSeedReconfiguration(
      host,
      {
        ...NO_RECONFIGURATION,
        ...cluster?.reconfiguration,
        hostname,
        lca: {
          timezone,
          machine_id: machineId,
          authorized_keys: await readAuthorizedKeys(host),
          proxy_environment: [...proxyLines((await host.readText('/etc/environment')) ?? '')],
          carry_over: [...request.carryOver],
          cluster: cluster?.signers ?? null,
        },
      },
      staterootPath + SEED_RECONFIGURATION_PATH,
    );
    await writeSiteNetwork(host, await readNetwork(host), staterootPath + SITE_NETWORK_PATH);
    await host.sync(directory);
    await host.writeAtomic(`${directory}/exported-for`, `${request.specHash}\n`);
  },
};
