import { SITE_DIRECTORY } from '../../../core/contract/paths.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { announceItems, putItems } from '../../site/item-files.ts';
import { siteItems } from '../../site/items.ts';
import type { BootContext } from '../boot-context.ts';

/** Written when nothing is left to do: here, or before the reboot where the files alone were all. */
export const SITE_FILES_MARK = `${SITE_DIRECTORY}/files-restored`;

/**
 * Network connections, SSH host keys, time, registries, trust: the site's files in place of the seed's. The old system
 * has put them there already; they are put once more where the running system has to be told of them.
 */
export const restoreSiteFiles: Step<BootContext> = {
  name: 'restore-site-files',
  summary: "Restore the site's own files",

  async check({ host }) {
    const done = (await host.stat(SITE_FILES_MARK)) !== undefined;
    return { done, because: `the site's files are ${done ? '' : 'not yet '}in place` };
  },

  async apply({ host, site }) {
    const { items } = await putItems(host, siteItems(site.lca.cluster !== null), SITE_DIRECTORY);
    await announceItems(host, items);
    await host.sync('/etc');
    await host.writeAtomic(SITE_FILES_MARK, '');
  },
};
