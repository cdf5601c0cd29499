import { shownName } from './tar-header.ts';
import type { TarMember } from './tar-scanner.ts';

/** `-----BEGIN … PRIVATE KEY-----` with something like a key after it: not a program that only knows the words. */
const PEM =
  /-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-----(?:\s|\\r|\\n)+(?:[A-Za-z-]+: [^\n\\]*(?:\\r)?(?:\n|\\n)(?:\s|\\r|\\n)*)*[A-Za-z0-9+/=]{16}/;
const PUTTY = /PuTTY-User-Key-File-[23]: [a-z0-9-]+\r?\nEncryption: /;
/** The same in base64, as kubeconfigs and Secrets have it: what follows "-----BEGIN " up to "KEY". */
const BASE64 =
  /LS0tLS1CRUdJTi(?:BQUklWQVRFIEtFWS0|BSU0EgUFJJVkFURSBLRVkt|BFQyBQUklWQVRFIEtFWS0|BEU0EgUFJJVkFURSBLRVkt|BPUEVOU1NIIFBSSVZBVEUgS0VZ|BFTkNSWVBURUQgUFJJVkFURSBLRVkt)/;

const NEEDLES = ['PRIVATE KEY-----', 'LS0tLS1CRUdJTi', 'PuTTY-User-Key-File-'].map((text) =>
  Buffer.from(text),
);
/** Bytes kept from one piece to the next: more than any of the patterns needs before its needle and after it. */
const OVERLAP = 2048;
const BEFORE = 64;

/**
 * Looks for private keys in the content of files as it streams by: PEM of all kinds (PKCS#1, PKCS#8, SEC1, OpenSSH,
 * encrypted or not), PEM inside JSON or in base64 as kubeconfigs have it, PuTTY's. Memory is flat.
 */
export class PrivateKeySearch {
  readonly #allowed: (path: string) => boolean;
  readonly #found: Set<string>;
  #tail: Buffer = Buffer.alloc(0);
  #done = false;

  /**
   * @param allowed says of an absolute path whether it may hold a key
   * @param found gets the absolute paths that hold one and may not
   */
  constructor(allowed: (path: string) => boolean, found: Set<string>) {
    this.#allowed = allowed;
    this.#found = found;
  }

  content(member: TarMember, piece: Buffer): void {
    if (this.#done) return;
    const data = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    if (holdsKey(data)) {
      this.#done = true;
      const path = `/${shownName(member.name)}`;
      if (!this.#allowed(path)) this.#found.add(path);
      return;
    }
    this.#tail = Buffer.from(data.subarray(Math.max(0, data.length - OVERLAP)));
  }

  contentEnd(): void {
    this.#tail = Buffer.alloc(0);
    this.#done = false;
  }
}

/** Whether these bytes hold a private key as text. */
export function holdsKey(data: Buffer): boolean {
  for (const needle of NEEDLES) {
    for (let at = data.indexOf(needle); at >= 0; at = data.indexOf(needle, at + 1)) {
      const text = data.toString('latin1', Math.max(0, at - BEFORE), at + OVERLAP - BEFORE);
      if (PEM.test(text) || BASE64.test(text) || PUTTY.test(text)) return true;
    }
  }
  return false;
}

/** A list of paths as given to `--allow-private-key`: a file, or a directory with all that is below it. */
export function allowList(paths: readonly string[]): (path: string) => boolean {
  return (path) =>
    paths.some((allowed) => path === allowed || path.startsWith(`${allowed.replace(/\/$/, '')}/`));
}
