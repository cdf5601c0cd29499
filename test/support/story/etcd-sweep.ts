import { namesInCertificates } from '../named-certificates.ts';
import type { VmNode } from '../vm/node.ts';

/** All keys with their values, as etcd's gateway to gRPC tells them; `AA==` is the NUL byte, which ranges to the end. */
const ALL_KEYS =
  'curl -sf --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key https://127.0.0.1:2379/v3/kv/range --data \'{"key":"AA==","range_end":"AA=="}\'';

interface Range {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
}

/**
 * Looks through everything that a cluster's etcd holds, whatever its encoding, certificates included.
 *
 * @param words found where no letter or digit goes on before or after them
 * @returns the keys that have one of the words in their name or their value, each with the word
 */
export async function sweepEtcd(node: VmNode, words: readonly string[]): Promise<readonly string[]> {
  const answer = JSON.parse(await node.sh(ALL_KEYS, { timeoutMs: 600_000 })) as Range;
  const entries = (answer.kvs ?? []).map(({ key, value = '' }) => ({
    key: Buffer.from(key, 'base64').toString('latin1'),
    value: Buffer.from(value, 'base64').toString('latin1'),
  }));
  if (entries.length < FEWEST_KEYS) throw new Error(`etcd has told ${entries.length} keys only.`);
  return words.flatMap((word) => {
    const pattern = new RegExp(`(?<![A-Za-z0-9])${word.replaceAll('.', '\\.')}(?![A-Za-z0-9])`);
    return entries
      .filter(({ key, value }) =>
        [key, value, ...namesInCertificates(value)].some((text) => pattern.test(text)),
      )
      .map(({ key }) => `${key}: ${word}`);
  });
}

/** A cluster that has been up has hundreds. */
const FEWEST_KEYS = 100;
