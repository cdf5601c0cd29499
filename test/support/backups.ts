import { execFile } from 'node:child_process';
import { chmod, chown, link, lutimes, mkdir, open, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BackUpOptions } from '../../bootagent/backup/back-up-in-waves.ts';
import type { CheckedContent } from '../../bootagent/backup/check-content.ts';
import { hostPathsOf } from '../../bootagent/backup/host-paths.ts';
import { DirectoryStore } from '../../bootagent/backup/store/directory-store.ts';
import { parseYaml } from '../../core/contract/source.ts';
import { parseBackup } from '../../core/contract/velero/backup.ts';
import { parseRestore } from '../../core/contract/velero/restore.ts';
import { RealHost } from '../../core/host/real-host.ts';

const run = promisify(execFile);

/** Whose backups the tests make. */
export const NODE = '0f2c9a52-1111-4222-8333-944455556666';

/** Makes a tree with everything that a tree can hold. */
export async function makeOddTree(path: string): Promise<void> {
  await mkdir(join(path, 'deep/er'), { recursive: true });
  await writeFile(join(path, 'deep/er/plain'), 'plain\n');
  await writeFile(join(path, 'name with spaces\nand a newline'), 'odd\n');
  await writeFile(join(path, 'long'.repeat(50)), 'long\n');
  await writeFile(join(path, 'setuid'), '#!/bin/sh\n');
  await chown(join(path, 'setuid'), 1234, 5678);
  await chmod(join(path, 'setuid'), 0o4751);
  await link(join(path, 'deep/er/plain'), join(path, 'hard link'));
  await symlink('deep/er/nowhere', join(path, 'dangling'));
  await lutimes(join(path, 'dangling'), 1_500_000_000.25, 1_500_000_000.25);
  await run('mkfifo', [join(path, 'fifo')]);
  const sparse = await open(join(path, 'sparse'), 'w');
  await sparse.write('begin');
  await sparse.write('end', 64 * 1024 * 1024);
  await sparse.close();
  await run('setfattr', ['-n', 'user.colour', '-v', 'blue', join(path, 'deep/er/plain')]);
  await run('setfattr', ['-n', 'trusted.mark', '-v', 'x', join(path, 'deep')]);
  await run('setfacl', ['-m', 'u:1234:rw', join(path, 'deep/er/plain')]);
  await run('setfacl', ['-d', '-m', 'g:5678:r', join(path, 'deep/er')]);
  await run('setcap', ['cap_net_raw+ep', join(path, 'setuid')]).catch(() => undefined); // libcap2-bin may be missing
  await utimes(join(path, 'deep/er/plain'), 1_600_000_000.123456, 1_600_000_000.123456);
  await chmod(join(path, 'deep'), 0o2750);
}

/** All that can be seen of a tree: types, modes, owners, times, links, blocks, attributes, ACLs, content. */
export async function portrait(path: string): Promise<string> {
  const script = [
    'cd "$1"',
    "find . -printf '%P|%y|%m|%U|%G|%T@|%n|%l|%s\\n' | grep -v '^|d' | sort",
    'find . -type f -print0 | sort -z | xargs -0 sha256sum',
    'getfattr -R -h -d -m - . | sort',
    'getfacl -R -p -n . | sort',
    'test $(stat -c %b sparse) -lt 64 && echo holes',
    'test "$(stat -c %i "hard link")" = "$(stat -c %i deep/er/plain)" && echo linked',
    "stat -c '%a %u %g' .",
  ].join('\n');
  const { stdout } = await run('bash', ['-c', script, 'portrait', path]);
  return stdout;
}

export interface Pair {
  readonly name: string;
  readonly paths: readonly string[];
  readonly wave?: number;
  readonly restoreWave?: number;
  readonly policy?: 'none' | 'update';
}

/** What the ConfigMaps come to for these pairs of a Backup and a Restore. */
export function contentOf(...pairs: readonly Pair[]): CheckedContent {
  const source = (kind: string, name: string, annotations: Record<string, string>, spec: object) =>
    parseYaml(
      'test.yaml',
      JSON.stringify({ apiVersion: 'velero.io/v1', kind, metadata: { name, annotations }, spec }),
    );
  const wave = (number: number | undefined) =>
    number === undefined ? {} : { 'lca.openshift.io/apply-wave': String(number) };
  const backups = pairs.map(({ name, paths, wave: at }) => {
    const annotations = { 'lca.openshift.io/host-paths': paths.join(','), ...wave(at) };
    return parseBackup(source('Backup', name, annotations, {}));
  });
  const restores = pairs.map(({ name, restoreWave, policy }) => {
    const spec = { backupName: name, ...(policy === undefined ? {} : { existingResourcePolicy: policy }) };
    return parseRestore(source('Restore', `${name}-back`, wave(restoreWave), spec));
  });
  return {
    restores,
    locations: [],
    backups: backups.map((backup) => ({
      backup,
      location: null,
      paths: hostPathsOf(backup).map((path) => ({ named: path, path, type: 'directory' as const })),
    })),
  };
}

/** Options for backing up into a directory of the real machine. */
export function backUpOptions(
  directory: string,
  host: RealHost = new RealHost(),
): BackUpOptions & { readonly store: DirectoryStore; readonly said: string[] } {
  const said: string[] = [];
  const store = new DirectoryStore(host, directory);
  return {
    host,
    store,
    storeAt: async () => store,
    nodeId: NODE,
    report: async (text) => void said.push(text),
    signal: new AbortController().signal,
    said,
  };
}
