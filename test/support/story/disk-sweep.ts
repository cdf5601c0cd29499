import { namesInCertificates } from '../named-certificates.ts';
import type { VmNode } from '../vm/node.ts';

/** Images and what runs of them are not the node's; the system's own authorities are the world's. */
const TREES =
  "find /etc /var '(' -path /var/lib/containers -o -path /etc/ssl -o -path /etc/pki/ca-trust ')' -prune -o -type f -print0";
/** Databases hold certificates too; these are looked for in etcd itself. */
const WITH_CERTIFICATES = `${TREES} | xargs -0 grep -laE 'BEGIN CERTIFICATE|LS0tLS1CRUdJTi' | grep -v ^/var/lib/etcd/`;

const MOST_MS = { timeoutMs: 900_000 };

/**
 * Looks through all files of a node's /etc and /var, databases and logs among them, and through the certificates in them.
 *
 * @param words found where no letter or digit goes on before or after them
 * @returns the files that have one of them, certificates with what they say
 */
export async function sweepDisk(node: VmNode, words: readonly string[]): Promise<readonly string[]> {
  const either = words.map((word) => word.replaceAll('.', '[.]')).join('|');
  const pattern = `(^|[^A-Za-z0-9])(${either})([^A-Za-z0-9]|$)`;
  const named = await node.ssh(`${TREES} | LC_ALL=C xargs -0 grep -laE '${pattern}'`, MOST_MS);
  const held = await node.sh(
    `${WITH_CERTIFICATES} | while read -r file; do echo "=== $file"; cat "$file"; echo; done`,
    MOST_MS,
  );
  const certificates = held
    .split(/^=== /m)
    .flatMap((part) => namesInCertificates(part).map((names) => `${part.split('\n', 1)[0]}: ${names}`));
  if (certificates.length === 0) throw new Error('A node with a cluster has no certificate at all.');
  const isNamed = new RegExp(pattern);
  return [...named.stdout.split('\n').filter(Boolean), ...certificates.filter((text) => isNamed.test(text))];
}
