export {
  type CipherKey,
  type CipherName,
  type EncryptedResources,
  type EncryptionConfiguration,
  type Provider,
  parseEncryptionConfiguration,
  providersFor,
} from './configuration.ts';
export { type Rotation, rotateKeys } from './rotate.ts';
export {
  type Decrypted,
  decryptStored,
  type EncryptionPrefix,
  encryptionPrefixOf,
  encryptStored,
  writingKey,
} from './transform.ts';
