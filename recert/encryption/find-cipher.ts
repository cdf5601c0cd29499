import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import type { RecertInputs } from '../options/inputs.ts';
import type { Cipher } from '../workspace/cipher.ts';
import type { FileOverlay } from '../workspace/file-overlay.ts';
import { PLAIN_CIPHER } from './plain-cipher.ts';

export async function findCipher(
  _client: EtcdClient,
  _files: FileOverlay,
  _roots: readonly string[],
  _inputs: RecertInputs,
): Promise<Cipher> {
  return PLAIN_CIPHER;
}
