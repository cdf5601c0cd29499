import type { ChainEdit } from '../codec/nested/index.ts';
import { readAll, writeAll } from '../codec/nested/index.ts';
import { containerOf } from '../inventory/location.ts';
import { RecertError } from '../recert-error.ts';
import { editContainer, type Workspace } from '../workspace/workspace.ts';
import type { CryptoEdit } from './reissue.ts';

/**
 * Puts new crypto in place in the workspace, one pass per value or file, and proves for each that nothing else changed:
 * putting the old bytes back must give the old value, byte for byte.
 *
 * @throws RecertError `proof-failed`
 */
export async function putInPlace(workspace: Workspace, edits: readonly CryptoEdit[]): Promise<void> {
  for (const inOne of Map.groupBy(edits, ({ location }) => containerOf(location)).values()) {
    const [first] = inOne;
    if (first === undefined) continue;
    await editContainer(workspace, first.location, (before) => {
      const chain = inOne.map(
        ({ location, bytes, label }): ChainEdit => ({
          steps: location.steps,
          bytes,
          ...(label === undefined ? {} : { label }),
        }),
      );
      const after = writeAll(before, chain);
      refuseUnintended(before, after, inOne);
      return after;
    });
  }
}

/** Gzip cannot be packed again to the same bytes by another program: such values are compared unpacked elsewhere. */
function refuseUnintended(before: Uint8Array, after: Uint8Array, edits: readonly CryptoEdit[]): void {
  const reversible = edits.every(
    ({ location, label }) => label === undefined && !location.steps.some(({ lens }) => lens === 'gzip'),
  );
  if (!reversible) return;
  const old = readAll(
    before,
    edits.map(({ location: { steps } }) => steps),
  );
  const back = writeAll(
    after,
    edits.map(({ location: { steps } }, index) => ({ steps, bytes: old[index] as Uint8Array })),
  );
  if (Buffer.compare(back, before) === 0) return;
  const { origin, name } = (edits[0] as CryptoEdit).location;
  throw new RecertError('proof-failed', `Editing ${origin} ${name} would change more than its crypto.`, {
    remedy: 'This is a defect of lca: nothing was written. Report it with the kind of the object.',
  });
}
