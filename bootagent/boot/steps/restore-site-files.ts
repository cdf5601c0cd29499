import { SITE_DIRECTORY } from '../../../core/contract/paths.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { applyItems } from '../../site/item-files.ts';
import { siteItems } from '../../site/items.ts';
import type { BootContext } from '../boot-context.ts';

const MARK = `${SITE_DIRECTORY}/files-restored`;

/** Network connections, SSH host keys, time, registries, trust: the site's files in place of the seed's. */
export const restoreSiteFiles: Step<BootContext> = {
  name: 'restore-site-files',
  summary: "Restore the site's own files",

  async check({ host }) {
    const done = (await host.stat(MARK)) !== undefined;
    return { done, because: `the site's files are ${done ? '' : 'not yet '}in place` };
  },

  async apply({ host, site }) {
    await applyItems(host, siteItems(site.lca.cluster !== null), SITE_DIRECTORY);
    await host.sync('/etc');
    await host.writeAtomic(MARK, '');
  },
};
