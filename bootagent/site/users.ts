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

/** Where OpenSSH and Ignition look for a user's keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
const KEY_FILES = [
  '.ssh/authorized_keys',
  '.ssh/authorized_keys.d/ignition',
  '.ssh/authorized_keys.d/afterburn',
];

/** The key files of all users: text by user name and file, relative to the home directory. */
export async function readAuthorizedKeys(
  host: Host,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const keys: Record<string, Record<string, string>> = {};
  for (const { name, home } of await readAccounts(host)) {
    for (const file of KEY_FILES) {
      const text = await host.readText(`${home}/${file}`);
      if (text !== undefined) keys[name] = { ...keys[name], [file]: text };
    }
  }
  return keys;
}

/**
 * Writes users' key files. Users that this system does not have are returned, not created: an account is the
 * operating system's business.
 */
export async function writeAuthorizedKeys(
  host: Host,
  keys: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<readonly string[]> {
  const accounts = new Map((await readAccounts(host)).map((account) => [account.name, account]));
  const unknown: string[] = [];
  for (const [name, files] of Object.entries(keys)) {
    const account = accounts.get(name);
    if (account === undefined) {
      unknown.push(name);
      continue;
    }
    for (const [file, text] of Object.entries(files)) await writeKeyFile(host, account, file, text);
  }
  return unknown;
}

async function writeKeyFile(host: Host, account: Account, file: string, text: string): Promise<void> {
  const { uid, gid, home } = account;
  let directory = home;
  for (const part of file.split('/').slice(0, -1)) {
    directory += `/${part}`;
    await host.makeDirectory(directory, 0o700);
    await host.chown(directory, uid, gid);
  }
  await host.writeAtomic(`${home}/${file}`, text, { mode: 0o600, uid, gid });
}
