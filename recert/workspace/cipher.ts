/** What opens and closes values encrypted at rest. */
export interface Cipher {
  /** The plain value. @throws RecertError `encrypted` when no key fits */
  open(key: string, stored: Uint8Array): Uint8Array;
  /** Whether a value must be written again though nothing in it changes: its encryption key is replaced. */
  isStale(key: string, stored: Uint8Array): boolean;
  /** The value as it is to be stored under a key, given how it was stored before (undefined: a new key). */
  seal(key: string, plain: Uint8Array, before: Uint8Array | undefined): Uint8Array;
}
