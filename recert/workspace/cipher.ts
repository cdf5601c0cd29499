/** What opens and closes values encrypted at rest. */
export interface Cipher {
  /** The plain value. @throws RecertError `encrypted` when no key fits */
  open(key: string, stored: Uint8Array): Uint8Array;
  /** The value as it is to be stored under a key, given how it was stored before (undefined: a new key). */
  seal(key: string, plain: Uint8Array, before: Uint8Array | undefined): Uint8Array;
}
