import { dirname } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import { RealHost } from '../core/host/real-host.ts';
import { InstallError } from '../core/install/install-error.ts';
import { UNITS, UNITS_SOURCE } from '../core/install/units.ts';

/** The texts of the unit files this program carries: inside the executable, or in the checkout it runs from. */
export async function unitFiles(): Promise<ReadonlyMap<string, string>> {
  const units = new Map<string, string>();
  for (const name of UNITS) units.set(name, await programFile(`${UNITS_SOURCE}/${name}`));
  return units;
}

/** The executable's path: this one, or in a checkout the one that `npm run build` made. */
export async function executablePath(): Promise<string> {
  if (isSea()) return process.execPath;
  const built = `${checkout()}/dist/lca`;
  if ((await new RealHost().stat(built)) !== undefined) return built;
  throw new InstallError('no-program', `There is no executable at ${built}.`, {
    remedy: 'Run: npm run build',
  });
}

/** The words that start this program again: the executable, or Node with the checkout's source. */
export function ownProgram(): readonly [string, ...string[]] {
  return isSea() ? [process.execPath] : [process.execPath, `${checkout()}/cli/main.ts`];
}

async function programFile(path: string): Promise<string> {
  if (isSea()) return getAsset(path, 'utf8');
  const text = await new RealHost().readText(`${checkout()}/${path}`);
  if (text === undefined)
    throw new InstallError('no-such-unit', `There is no file ${path} in ${checkout()}.`);
  return text;
}

function checkout(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}
