import { SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { SITE_FILES_MARK } from '../../../boot/steps/restore-site-files.ts';
import { readExport } from '../../../site/cluster/export-cluster.ts';
import { putItems } from '../../../site/item-files.ts';
import { siteItems } from '../../../site/items.ts';
import { placeIn } from '../../../site/new-system.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { EXPORTED_CLUSTER } from './export-cluster.ts';

/** In the site directory, which is emptied when the site is exported anew. */
const PLACED_FOR = `${SITE_DIRECTORY}/files-placed-for`;

/** The site's files in the new system's /etc and /var. What a running system has to be told of, its first boot puts once more. */
export const placeSiteFiles: Step<StageContext> = {
  name: 'place-site-files',
  summary: "Put the site's files into the new system",

  async check({ host, request }) {
    const { staterootPath } = await newSystem(host);
    const done = (await host.readText(staterootPath + PLACED_FOR))?.trim() === request.specHash;
    return { done, because: `the site's files are ${done ? '' : 'not yet '}in the new system` };
  },

  async apply({ host, request }) {
    const system = await newSystem(host);
    const { staterootPath, deploymentPath } = system;
    const hasCluster = (await readExport(host, EXPORTED_CLUSTER)) !== undefined;
    const { items } = await putItems(host, siteItems(hasCluster), staterootPath + SITE_DIRECTORY, (path) =>
      placeIn(system, path),
    );
    await host.sync(deploymentPath);
    if (items.every(({ after }) => after === undefined))
      await host.writeAtomic(staterootPath + SITE_FILES_MARK, '', { mode: 0o600 });
    await host.writeAtomic(staterootPath + PLACED_FOR, `${request.specHash}\n`, { mode: 0o600 });
  },
};
