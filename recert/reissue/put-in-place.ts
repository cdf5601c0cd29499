import { CodecError } from '../codec/codec-error.ts';
import { type ChainEdit, SeenTexts, writeAll } from '../codec/nested/index.ts';
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
  // The same bundle lies in every namespace.
  const seen = { proved: new SeenTexts<Uint8Array>(), unproved: new SeenTexts<Uint8Array>() };
  for (const inOne of Map.groupBy(edits, ({ location }) => containerOf(location)).values()) {
    const [first] = inOne;
    if (first === undefined) continue;
    const chain = inOne.map(
      ({ location, bytes, label }): ChainEdit => ({
        steps: location.steps,
        bytes,
        ...(label === undefined ? {} : { label }),
      }),
    );
    const isProved = chain.every(isReversible);
    const options = { isProved, seen: isProved ? seen.proved : seen.unproved };
    try {
      await editContainer(workspace, first.location, (before) => writeAll(before, chain, options));
    } catch (cause) {
      if (!(cause instanceof CodecError && cause.code === 'irreversible')) throw cause;
      const { origin, name } = first.location;
      throw new RecertError('proof-failed', `Editing ${origin} ${name} would change more than its crypto.`, {
        cause,
        remedy: 'This is a defect of lca: nothing was written. Report it with the kind of the object.',
      });
    }
  }
}

/** Gzip cannot be packed again to the same bytes by another program: such values are compared unpacked elsewhere. */
function isReversible({ steps, label }: ChainEdit): boolean {
  return label === undefined && !steps.some(({ lens }) => lens === 'gzip');
}
