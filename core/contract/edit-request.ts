import { Document, isMap, isScalar, parseDocument, stringify } from 'yaml';
import type { Host } from '../host/host.ts';
import { contractError } from './contract-error.ts';
import { parseRequest, type SeedImageRef, type UpgradeRequest } from './image-based-upgrade.ts';
import { REQUEST_PATH } from './paths.ts';
import type { Stage } from './stage.ts';

/** A change of the request's text. */
export type Edit = (text: string) => string;

/** Together longer than a lock that a killed process has left is respected. */
const MOST_TRIES = 300;
const PAUSE_MS = 100;

const TEMPLATE = `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
spec:
  stage: Idle
`;

/** Asks for a stage. Everything else in the text stays as it is, byte for byte, where `spec.stage` is written plainly. */
export function setStage(stage: Stage): Edit {
  return (text) => setScalar(text, ['spec', 'stage'], stage);
}

/** Names the seed; a pull secret that is null leaves the one that is there. */
export function setSeedImageRef(ref: SeedImageRef): Edit {
  return (text) => {
    let edited = setScalar(text, ['spec', 'seedImageRef', 'version'], ref.version);
    edited = setScalar(edited, ['spec', 'seedImageRef', 'image'], ref.image);
    if (ref.pullSecretRef === null) return edited;
    const preview = parseDocument(edited).get('apiVersion') === 'lca.openshift.io/v1alpha1';
    const written = parseDocument(edited).getIn(['spec', 'seedImageRef', 'pullSecretRef']);
    const path = ['spec', 'seedImageRef', 'pullSecretRef'];
    return setScalar(
      edited,
      preview && typeof written === 'string' ? path : [...path, 'name'],
      ref.pullSecretRef,
    );
  };
}

/** Takes annotations away, once the agent has acted on them. */
export function removeAnnotations(names: readonly string[]): Edit {
  return (text) => {
    const document = parseDocument(text);
    const annotations = document.getIn(['metadata', 'annotations']);
    if (!isMap(annotations) || !names.some((name) => annotations.has(name))) return text;
    for (const name of names) annotations.delete(name);
    if (annotations.items.length === 0) document.deleteIn(['metadata', 'annotations']);
    return print(document);
  };
}

export function setAnnotation(name: string, value: string): Edit {
  return (text) => setScalar(text, ['metadata', 'annotations', name], value);
}

/**
 * Edits ibu.yaml in place, keeping comments and layout; makes the file if there is none. What somebody else writes
 * meanwhile is not lost: the edits are then made anew on that.
 *
 * @returns the request as it now stands
 * @throws ContractError if the file cannot be parsed, or would not be valid with the change, or does not come to rest; then
 *   nothing is written
 */
export async function editRequest(
  host: Host,
  edits: readonly Edit[],
  path: string = REQUEST_PATH,
): Promise<UpgradeRequest> {
  for (let left = MOST_TRIES; left > 0; left -= 1) {
    const before = await host.readText(path);
    let text = before === undefined || before.trim() === '' ? TEMPLATE : before;
    for (const edit of edits) text = edit(text);
    const request = parseRequest(text, path);
    if (text === before || (await host.replaceUnchanged(path, before, text))) return request;
    await host.sleep(PAUSE_MS * Math.random());
  }
  throw contractError('changing', path, 'the file is changed by somebody else again and again', {
    remedy: 'Try again.',
  });
}

function setScalar(text: string, path: readonly string[], value: string): string {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return text; // parsing the request reports it with its place
  const node = document.getIn(path, true);
  if (
    isScalar(node) &&
    node.range &&
    node.anchor === undefined &&
    node.source !== undefined &&
    node.source !== ''
  ) {
    if (node.value === value) return text;
    const [start, end] = node.range;
    return text.slice(0, start) + stringify(value, { lineWidth: 0 }).trimEnd() + text.slice(end);
  }
  clearTheWay(document, path);
  document.setIn(path, value);
  return print(document);
}

/** `seedImageRef:` with nothing behind it is an empty scalar in which nothing can be set. */
function clearTheWay(document: Document, path: readonly string[]): void {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length);
    const node = document.getIn(parent, true);
    if (node === undefined || isMap(node)) continue;
    if (isScalar(node) && (node.value === null || node.value === '')) document.deleteIn(parent);
    else
      throw contractError('wrong-type', REQUEST_PATH, `${parent.join('.')} must be a mapping`, {
        field: parent.join('.'),
      });
  }
}

function print(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
