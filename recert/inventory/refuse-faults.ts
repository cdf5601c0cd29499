import { RecertError } from '../recert-error.ts';
import { isPlatform } from '../scan/claims.ts';
import type { Inventory } from './inventory.ts';

/**
 * Unreadable crypto of the cluster itself stops a run before any write; other people's is only reported.
 *
 * @returns warnings
 * @throws RecertError `malformed`, with every place
 */
export function refuseFaults({ faults }: Inventory): readonly string[] {
  const own = faults.filter(
    ({ claim, location }) => claim === 'claimed' && isPlatform(location.origin, location.name),
  );
  const [first] = own;
  if (first !== undefined) {
    const more = own.length > 1 ? ` (and ${own.length - 1} more)` : '';
    throw new RecertError('malformed', `Crypto of the cluster cannot be read: ${first.message}${more}`, {
      faults: own.map(({ message }) => message),
      remedy: 'Repair or remove what is named there; nothing has been written.',
    });
  }
  return faults.map(({ message }) => message);
}
