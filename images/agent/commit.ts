import { execa } from 'execa';

/**
 * What `lca --version` says of the sources: `1234abcd5678`, with ` and changes` when files differ from the commit;
 * `unknown` outside a git repository.
 */
export async function commitOf(checkout: string): Promise<string> {
  const git = (...args: readonly string[]) => execa('git', args, { cwd: checkout, reject: false });
  const commit = await git('rev-parse', '--short=12', 'HEAD');
  if (commit.failed) return 'unknown';
  const changes = await git('status', '--porcelain', '--untracked-files=no');
  return changes.stdout === '' ? commit.stdout : `${commit.stdout} and changes`;
}
