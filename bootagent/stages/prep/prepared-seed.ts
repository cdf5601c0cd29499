import { z } from 'zod';
import type { Host } from '../../../core/host/host.ts';
import { StageError } from '../stage-error.ts';
import { WORKSPACE } from '../workspace.ts';

const preparedSeedSchema = z.object({
  /** As in the request. */
  image: z.string(),
  version: z.string(),
  /** The image's manifest digest, `sha256:…`: from now on this, not the tag, is what is used. */
  digest: z.string(),
  /** Pull spec with the digest. */
  pinned: z.string(),
  stateroot: z.string(),
  /** The seed's ostree commit, 64 hexadecimal digits. */
  commit: z.string(),
  kernelArguments: z.array(z.string()),
});

/** What Prep found out about the seed and settled once; every later step goes by it. */
export type PreparedSeed = Readonly<z.output<typeof preparedSeedSchema>>;

/**
 * The seed that the workspace is for.
 *
 * @throws StageError `not-prepared` if Prep has not looked at a seed yet
 */
export async function preparedSeed(host: Host): Promise<PreparedSeed> {
  const found = await findPreparedSeed(host);
  if (found !== undefined) return found;
  throw new StageError(
    'not-prepared',
    `No seed has been prepared: ${WORKSPACE.seedDescription} does not exist.`,
    {
      remedy: 'Go through Idle and Prep again.',
    },
  );
}

/** The same, or undefined. A damaged file counts as none: Prep then looks at the seed again. */
export async function findPreparedSeed(host: Host): Promise<PreparedSeed | undefined> {
  const text = await host.readText(WORKSPACE.seedDescription);
  if (text === undefined) return undefined;
  try {
    return preparedSeedSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function writePreparedSeed(host: Host, seed: PreparedSeed): Promise<void> {
  await host.writeAtomic(WORKSPACE.seedDescription, `${JSON.stringify(seed, null, 2)}\n`, { mode: 0o600 });
}
