import type { Host } from '../../core/host/host.ts';
import { shredFile } from '../commit/stage.ts';
import { RecertError } from '../recert-error.ts';
import type { FileOverlay } from '../workspace/file-overlay.ts';

const NAME = /^ssh_host_([a-z0-9]+)_key(\.pub)?$/;

/**
 * New SSH host keys of the types a directory has, made by ssh-keygen in a private directory and taken into the
 * workspace, so that they are written like everything else: all or nothing, with the old files' owner and mode.
 *
 * @param privateDir where ssh-keygen may work; removed again
 * @returns the files replaced
 * @throws RecertError `nothing-found` when there are none, `unsupported` for a type ssh-keygen does not make
 */
export async function renewHostKeys(
  files: FileOverlay,
  directory: string,
  privateDir: string,
): Promise<readonly string[]> {
  const { host } = files;
  const names = (await host.list(directory)).filter((name) => name.startsWith('ssh_host_'));
  const strange = names.find(
    (name) => name.includes('_key') && !NAME.test(name) && !name.endsWith('-cert.pub'),
  );
  if (strange !== undefined) {
    throw new RecertError('unsupported', `${directory}/${strange} is not named like an SSH host key.`);
  }
  const keys = names.filter((name) => NAME.test(name));
  if (keys.length === 0)
    throw new RecertError('nothing-found', `There are no SSH host keys in ${directory}.`);
  const made = `${privateDir}/etc/ssh`;
  try {
    await host.makeDirectory(privateDir, 0o700);
    await host.makeDirectory(made, 0o700);
    await host.run(['ssh-keygen', '-A', '-f', host.machinePath(privateDir)], {
      description: 'make new SSH host keys',
      timeoutMs: 120_000,
    });
    for (const name of keys) {
      const content = await host.readBytes(`${made}/${name}`);
      if (content === undefined) {
        throw new RecertError('unsupported', `ssh-keygen makes no host key like ${directory}/${name}.`);
      }
      await files.put(`${directory}/${name}`, content);
    }
  } finally {
    await forget(host, privateDir, made);
  }
  return keys.map((name) => `${directory}/${name}`);
}

async function forget(host: Host, privateDir: string, made: string): Promise<void> {
  for (const name of await host.list(made)) await shredFile(host, `${made}/${name}`);
  await host.remove(privateDir);
}
