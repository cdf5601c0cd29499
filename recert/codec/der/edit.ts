import { concatBytes } from '../splice.ts';
import { derLength } from './encode.ts';
import { type DerNode, derError, printDerPath } from './node.ts';

/** Another element (or several, or none) in the place of one; or one more at the end of a constructed element. */
export type DerEdit =
  | { readonly node: DerNode; readonly replacement: Uint8Array }
  | { readonly node: DerNode; readonly append: Uint8Array };

interface Plan {
  replacement: Uint8Array | undefined;
  appended: Uint8Array[];
  readonly below: Map<DerNode, Plan>;
}

/**
 * The root's bytes with elements replaced; lengths of enclosing elements follow, everything else stays as it is, also
 * lengths of needless width elsewhere.
 *
 * @param edits nodes reached from this very root
 * @throws CodecError `overlap` when two edits touch the same element, `invalid-value` for a node of another root
 */
export function editDer(root: DerNode, edits: readonly DerEdit[]): Uint8Array {
  const plan: Plan = { replacement: undefined, appended: [], below: new Map() };
  for (const edit of edits) record(root, plan, edit);
  return rebuild(root, plan);
}

function record(root: DerNode, rootPlan: Plan, edit: DerEdit): void {
  const line: DerNode[] = [];
  for (let node: DerNode | undefined = edit.node; node !== undefined; node = node.parent) line.push(node);
  if (line.pop() !== root)
    throw derError('invalid-value', 'the edited element is not below this root', 0, []);
  let plan = rootPlan;
  for (const node of line.toReversed()) {
    if (plan.replacement !== undefined) throw overlap(edit.node);
    let below = plan.below.get(node);
    if (below === undefined) {
      below = { replacement: undefined, appended: [], below: new Map() };
      plan.below.set(node, below);
    }
    plan = below;
  }
  if (plan.replacement !== undefined) throw overlap(edit.node);
  if ('append' in edit) {
    if (!edit.node.constructed) {
      throw derError(
        'invalid-value',
        'only a constructed element takes children',
        edit.node.start,
        edit.node.path,
      );
    }
    plan.appended.push(edit.append);
  } else {
    if (plan.below.size > 0 || plan.appended.length > 0) throw overlap(edit.node);
    plan.replacement = edit.replacement;
  }
}

function overlap(node: DerNode): Error {
  return derError('overlap', `two edits touch ${printDerPath(node.path)}`, node.start, node.path);
}

function rebuild(node: DerNode, plan: Plan): Uint8Array {
  if (plan.replacement !== undefined) return plan.replacement;
  if (plan.below.size === 0 && plan.appended.length === 0) return node.raw;
  const parts: Uint8Array[] = [];
  let at = node.contentStart;
  for (const [child, below] of [...plan.below].toSorted(([a], [b]) => a.start - b.start)) {
    parts.push(node.bytes.subarray(at, child.start), rebuild(child, below));
    at = child.end;
  }
  parts.push(node.bytes.subarray(at, node.end), ...plan.appended);
  const content = concatBytes(parts);
  const tag = node.bytes.subarray(node.start, node.lengthStart);
  return concatBytes([tag, lengthLike(node, content.length), content]);
}

/** The new length, as wide as the old one where that was wider than needed and still suffices. */
function lengthLike(node: DerNode, length: number): Uint8Array {
  const old = node.bytes.subarray(node.lengthStart, node.contentStart);
  const minimal = derLength(length);
  const wasMinimal = old.length === derLength(node.end - node.contentStart).length;
  if (wasMinimal || old.length <= minimal.length) return minimal;
  const wide = new Uint8Array(old.length);
  wide[0] = 0x80 + old.length - 1;
  for (let i = old.length - 1, left = length; i > 0; i -= 1, left = Math.floor(left / 256))
    wide[i] = left % 256;
  return wide;
}
