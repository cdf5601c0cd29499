import type { Host } from '../host/host.ts';

/** `ostree` on repositories. What changes deployments is `ostree-admin.ts`. */

const MINUTES = 60_000;

/** Makes an empty repository in mode `bare`; an existing one is left as it is. */
export async function initRepository(host: Host, path: string): Promise<void> {
  await host.run(['ostree', `--repo=${path}`, 'init', '--mode=bare'], {
    description: `make the repository ${path}`,
    timeoutMs: MINUTES,
  });
}

export interface PullLocalOptions {
  /** Path of the repository that has the commit. */
  readonly from: string;
  /** The commit's checksum, or a ref. */
  readonly commit: string;
  /** Path of the repository to import into; default `/ostree/repo`. */
  readonly into?: string;
  readonly signal?: AbortSignal;
}

/**
 * Copies a commit from another repository on this machine. The source is not trusted: each object's checksum is
 * computed again (`--untrusted`), and `fsck --add-tombstones` is never needed.
 */
export async function pullLocal(host: Host, options: PullLocalOptions): Promise<void> {
  const into = options.into ?? '/ostree/repo';
  await host.run(['ostree', `--repo=${into}`, 'pull-local', '--untrusted', options.from, options.commit], {
    description: `import commit ${options.commit.slice(0, 12)} from ${options.from}`,
    timeoutMs: 60 * MINUTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** Sets a ref to a commit, so that the commit is not pruned. */
export async function setRef(host: Host, ref: string, commit: string, repo = '/ostree/repo'): Promise<void> {
  await host.run(['ostree', `--repo=${repo}`, 'refs', '--force', `--create=${ref}`, commit], {
    description: `name commit ${commit.slice(0, 12)} ${ref}`,
    timeoutMs: MINUTES,
  });
}

/** The value of a metadata key of a commit ("version"), or undefined. Values that are texts only. */
export async function commitMetadata(
  host: Host,
  commit: string,
  key: string,
  repo = '/ostree/repo',
): Promise<string | undefined> {
  const result = await host.run(['ostree', `--repo=${repo}`, 'show', `--print-metadata-key=${key}`, commit], {
    description: `read the ${key} of commit ${commit.slice(0, 12)}`,
    timeoutMs: MINUTES,
    okExitCodes: [0, 1],
  });
  const text = result.stdout.trim();
  return result.exitCode === 0 ? text.replace(/^'(.*)'$/s, '$1').replaceAll("\\'", "'") : undefined;
}
