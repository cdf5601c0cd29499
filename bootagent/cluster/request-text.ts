import { Document, isMap, parseDocument } from 'yaml';
import { z } from 'zod';
import { API_VERSIONS } from '../../core/contract/stage.ts';
import { type Content, ownAnnotations, sameContent } from './content.ts';
import { SINGLETON } from './resource-types.ts';

const written = z.looseObject({
  apiVersion: z.enum(API_VERSIONS),
  kind: z.literal('ImageBasedUpgrade'),
  metadata: z.looseObject({
    name: z.string().min(1),
    generation: z.number().nullish(),
    annotations: z
      .record(z.string(), z.string())
      .nullish()
      .transform((value) => value ?? {}),
  }),
  spec: z.looseObject({}),
});

/** A request's file as the door reads it: whether what it says can be accepted is the agent's business. */
export interface RequestText {
  readonly name: string;
  readonly generation: number | undefined;
  readonly content: Content;
}

/** Reads the text of ibu.yaml; undefined if it is not legible as a resource at all. */
export function readRequestText(text: string): RequestText | undefined {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  const parsed = written.safeParse(document.toJS()).data;
  if (parsed === undefined) return undefined;
  const { metadata, spec } = parsed;
  return {
    name: metadata.name,
    generation: metadata.generation ?? undefined,
    content: { spec, annotations: ownAnnotations(metadata.annotations) },
  };
}

/**
 * The text of ibu.yaml with what the resource says. Comments, order and foreign annotations of the text that is there
 * stay; what is the same already is not touched.
 *
 * @param before undefined, or not legible: the text is made anew
 */
export function requestText(before: string | undefined, { name, generation, content }: RequestText): string {
  const known = before === undefined ? undefined : readRequestText(before);
  if (known?.name === name && known.generation === generation && sameContent(known.content, content))
    return before ?? '';
  const document = known === undefined ? template() : parseDocument(before ?? '');
  // a version that is there is the user's: the agent compares by its rules with what it has accepted in it
  if (isPreview(name, content.spec)) document.set('apiVersion', API_VERSIONS[1]);
  document.setIn(['metadata', 'name'], name);
  if (generation === undefined) document.deleteIn(['metadata', 'generation']);
  else document.setIn(['metadata', 'generation'], generation);
  setFields(document, ['spec'], known?.content.spec ?? {}, content.spec);
  setFields(document, ['metadata', 'annotations'], known?.content.annotations ?? {}, content.annotations);
  return document.toString({ lineWidth: 0 });
}

/** Changes only fields that differ, so that comments inside the others live on. */
function setFields(
  document: Document,
  path: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): void {
  if (!isMap(document.getIn(path, true))) document.setIn(path, document.createNode({}));
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = after[name];
    if (value === undefined || value === null) document.deleteIn([...path, name]);
    else if (JSON.stringify(value) !== JSON.stringify(before[name]))
      document.setIn([...path, name], document.createNode(value));
  }
  const left = document.getIn(path, true);
  if (path.at(-1) === 'annotations' && isMap(left) && left.items.length === 0) document.deleteIn(path);
}

/** Whether the request can be told in v1alpha1 only: another name, or what v1 has no field for or does not let in. */
function isPreview(name: string, spec: Readonly<Record<string, unknown>>): boolean {
  const parts = z
    .looseObject({
      seedImageRef: z.looseObject({ pullSecretRef: z.unknown() }).nullish().catch(null),
      autoRollbackOnFailure: z
        .looseObject({ initMonitorTimeoutSeconds: z.number().nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .parse(spec);
  const switches = Object.keys(parts.autoRollbackOnFailure ?? {}).filter((field) =>
    field.startsWith('disabled'),
  );
  return (
    name !== SINGLETON ||
    typeof parts.seedImageRef?.pullSecretRef === 'string' ||
    switches.length > 0 ||
    (parts.autoRollbackOnFailure?.initMonitorTimeoutSeconds ?? 0) < 0
  );
}

function template(): Document {
  const document = new Document({
    apiVersion: API_VERSIONS[0],
    kind: 'ImageBasedUpgrade',
    metadata: {},
    spec: {},
  });
  document.commentBefore =
    ' The ImageBasedUpgrade of the Kubernetes API. Editing either is the same; where both were edited this file holds.';
  return document;
}
