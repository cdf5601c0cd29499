import type { KeyObject } from 'node:crypto';
import { readJwt, rewriteJwt } from '../codec/jwt/index.ts';
import type { TokenItem } from '../inventory/inventory.ts';
import type { KeyPair } from '../keys/key-forge.ts';
import { RecertError } from '../recert-error.ts';
import { signToken, tokenKeyId, tokenSchemeFits } from './token-signature.ts';

/**
 * A token signed by the new key: the payload's text stays, the header changes only in a `kid` that named the old key
 * by Kubernetes' rule.
 *
 * @throws RecertError `bad-rule` when the new key is of a type the token's algorithm cannot use
 */
export function reissueToken(item: TokenItem, oldKey: KeyObject | undefined, pair: KeyPair): string {
  if (!tokenSchemeFits(item.algorithm, pair.privateKey)) {
    throw new RecertError(
      'bad-rule',
      `use-key: a given key signs tokens of algorithm ${item.algorithm}, which its type cannot.`,
    );
  }
  const { kid } = readJwt(item.token).header;
  const namesOldKey = oldKey !== undefined && kid === tokenKeyId(oldKey);
  const header = namesOldKey ? [{ pointer: '/kid', string: tokenKeyId(pair.publicKey) }] : [];
  return rewriteJwt(item.token, { header }, (input) => signToken(item.algorithm, input, pair.privateKey));
}
