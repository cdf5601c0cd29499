import { join } from 'node:path';
import { execa } from 'execa';

const ROOT = join(import.meta.dirname, '../../..');

let built: Promise<string> | undefined;

/** The single executable of this checkout, built if it is not up to date. */
export function lcaBinary(): Promise<string> {
  built ??= execa(process.execPath, [join(ROOT, 'images/agent/build.ts')], { stdin: 'ignore' }).then(() =>
    join(ROOT, 'dist/lca'),
  );
  return built;
}
