import type { NameRule } from '../certificate/name-rules.ts';
import { namesChange } from '../certificate/reissue-certificate.ts';
import type { KeyId } from '../keys/key-kind.ts';
import type { CertificateNode, Graph } from './graph.ts';

/**
 * IP-change-only: keeps for re-issue only the whole certificate trees in which the rules change any name, with the
 * keys of those certificates and the tokens those keys signed.
 */
export function restrictToChanged(graph: Graph, names: readonly NameRule[]): void {
  const own = graph.certificates
    .values()
    .filter(({ fate }) => fate === 'reissue')
    .toArray();
  const trees = treesOf(own);
  const changedTrees = new Set<KeyId>();
  for (const node of own) {
    if (namesChange(node.item.view, names)) changedTrees.add(trees.get(node) as KeyId);
  }
  const keptKeys = new Set<KeyId>();
  for (const node of own) {
    if (!changedTrees.has(trees.get(node) as KeyId)) node.fate = 'out-of-scope';
    else {
      if (node.keyId !== undefined) keptKeys.add(node.keyId);
      keptKeys.add(node.signerId);
    }
  }
  for (const key of graph.keys.values()) {
    if (key.fate === 'reissue' && !keptKeys.has(key.id)) key.fate = 'out-of-scope';
  }
  for (const token of graph.tokens.values()) {
    if (token.fate === 'reissue' && !keptKeys.has(token.signerId ?? '')) token.fate = 'out-of-scope';
  }
  for (const request of graph.requests.values()) {
    if (request.fate === 'reissue' && !keptKeys.has(request.keyId)) request.fate = 'out-of-scope';
  }
}

/** The root key of each certificate's tree: keys joined by "signed" and by "shares its key with" are one tree. */
function treesOf(nodes: readonly CertificateNode[]): ReadonlyMap<CertificateNode, KeyId> {
  const parent = new Map<KeyId, KeyId>();
  const rootOf = (id: KeyId): KeyId => {
    let at = id;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const { keyId, signerId } of nodes) {
    const child = rootOf(keyId ?? signerId);
    const root = rootOf(signerId);
    if (child !== root) parent.set(child, root);
  }
  return new Map(nodes.map((node) => [node, rootOf(node.signerId)]));
}

/** Postprocess-only: no crypto is touched. */
export function restrictToNothing(graph: Graph): void {
  for (const nodes of [graph.certificates, graph.keys, graph.tokens, graph.requests]) {
    for (const node of nodes.values()) if (node.fate === 'reissue') node.fate = 'out-of-scope';
  }
}
