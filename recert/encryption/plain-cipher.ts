import { RecertError } from '../recert-error.ts';
import type { Cipher } from '../workspace/cipher.ts';

const ENCRYPTED = Buffer.from('k8s:enc:');

/** For databases without encryption at rest: values are what they are, and an encrypted one is refused. */
export const PLAIN_CIPHER: Cipher = {
  open(key, stored) {
    if (Buffer.compare(stored.subarray(0, ENCRYPTED.length), ENCRYPTED) === 0) {
      throw new RecertError(
        'encrypted',
        `The value of ${key} is encrypted at rest and no key for it was found.`,
        {
          remedy: 'Name the EncryptionConfiguration with --encryption-config.',
        },
      );
    }
    return stored;
  },
  isStale: () => false,
  seal: (_key, plain) => plain,
};
