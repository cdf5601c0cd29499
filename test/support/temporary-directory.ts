import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';

/** A directory that is gone when the test is over, immutable deployments of ostree in it included. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lca-test-'));
  t.teardown(async () => {
    await promisify(execFile)('chattr', ['-R', '-f', '-i', path]).catch(() => undefined);
    await promisify(execFile)('rm', ['-rf', '--one-file-system', path]);
  });
  return path;
}
