import type { Step } from '../../../core/sequence/step.ts';
import { readAccounts, readAuthorizedKeys, writeAuthorizedKeys } from '../../site/users.ts';
import type { BootContext } from '../boot-context.ts';

/** The keys by which people reach this node. Keys of users that the new system does not have are left out. */
export const restoreUsersKeys: Step<BootContext> = {
  name: 'restore-users-keys',
  summary: "Restore users' authorized keys",

  async check({ host, site }) {
    const present = await readAuthorizedKeys(host);
    const names = new Set((await readAccounts(host)).map(({ name }) => name));
    for (const [user, files] of Object.entries(site.lca.authorized_keys)) {
      if (!names.has(user)) continue;
      for (const [file, { text }] of Object.entries(files)) {
        if (present[user]?.[file]?.text !== text)
          return { done: false, because: `${file} of ${user} is not the site's` };
      }
    }
    return { done: true, because: "users' keys are the site's" };
  },

  async apply({ host, site }) {
    await writeAuthorizedKeys(host, site.lca.authorized_keys);
  },
};
