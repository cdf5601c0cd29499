import type { AuthorizedKeys, KeyFile } from '../../core/contract/seed-reconfiguration.ts';
import type { Host } from '../../core/host/host.ts';
import { throughLinks } from './new-system.ts';

/** An account of /etc/passwd or of the image's own user database (passwd(5)). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Accounts with a home directory; /usr/lib/passwd is where ostree systems keep the image's own (nss-altfiles). */
export async function readAccounts(host: Host): Promise<readonly Account[]> {
  const accounts = new Map<string, Account>();
  for (const file of ['/usr/lib/passwd', '/etc/passwd']) {
    for (const line of ((await host.readText(file)) ?? '').split('\n')) {
      const [name, , uid, gid, , home] = line.split(':');
      if (name === undefined || name === '' || home === undefined || !home.startsWith('/')) continue;
      accounts.set(name, { name, uid: Number(uid), gid: Number(gid), home: throughLinks(home) });
    }
  }
  return [...accounts.values()];
}

/** Where OpenSSH looks for a user's keys unless it is told otherwise (sshd_config(5), AuthorizedKeysFile). */
const KEY_FILES = ['.ssh/authorized_keys', '.ssh/authorized_keys2'] as const;
/** Fragments of Ignition, Afterburn and image-based installs (`ib-early-access`), and whatever a site has put there. */
const KEY_DIRECTORY = '.ssh/authorized_keys.d';

/** The key files of all users: exactly what a seed image leaves out. */
export async function readAuthorizedKeys(host: Host): Promise<AuthorizedKeys> {
  const keys: Record<string, Record<string, KeyFile>> = {};
  for (const account of await readAccounts(host)) {
    const fragments: string[] = [];
    for (const name of await host.list(`${account.home}/${KEY_DIRECTORY}`)) {
      const file = `${KEY_DIRECTORY}/${name}`;
      if ((await host.stat(`${account.home}/${file}`))?.type === 'file') fragments.push(file);
    }
    for (const file of [...KEY_FILES, ...fragments]) {
      const found = await readKeyFile(host, account, file);
      if (found !== undefined) keys[account.name] = { ...keys[account.name], [file]: found };
    }
  }
  return keys;
}

async function readKeyFile(host: Host, { uid, home }: Account, file: string): Promise<KeyFile | undefined> {
  const text = await host.readText(`${home}/${file}`);
  if (text === undefined) return undefined;
  const stat = await host.stat(`${home}/${file}`);
  // behind a link lies something whose owner and mode are not this file's
  if (stat?.type !== 'file') return { text, mode: 0o600, owner: 'user' };
  return { text, mode: stat.mode & 0o777, owner: stat.uid === 0 && uid !== 0 ? 'root' : 'user' };
}

/**
 * Writes users' key files. Users that this system does not have are returned, not created: an account is the
 * operating system's business.
 */
export async function writeAuthorizedKeys(host: Host, keys: AuthorizedKeys): Promise<readonly string[]> {
  const accounts = new Map((await readAccounts(host)).map((account) => [account.name, account]));
  const unknown: string[] = [];
  for (const [name, files] of Object.entries(keys)) {
    const account = accounts.get(name);
    if (account === undefined) {
      unknown.push(name);
      continue;
    }
    for (const [file, content] of Object.entries(files)) await writeKeyFile(host, account, file, content);
  }
  return unknown;
}

async function writeKeyFile(
  host: Host,
  { uid, gid, home }: Account,
  file: string,
  { text, mode, owner }: KeyFile,
): Promise<void> {
  let directory = home;
  for (const part of file.split('/').slice(0, -1)) {
    directory += `/${part}`;
    await host.makeDirectory(directory, 0o700);
    await host.chown(directory, uid, gid);
  }
  const owned = owner === 'root' ? { uid: 0, gid: 0 } : { uid, gid };
  await host.writeAtomic(`${home}/${file}`, text, { mode, ...owned });
}
