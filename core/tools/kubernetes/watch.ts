import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { answerError } from './answer-error.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { type KubernetesObject, kubernetesObject } from './kubernetes-object.ts';

export interface WatchEvent {
  /** `BOOKMARK`: nothing changed; the object holds nothing but the resource version to go on from. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
}

const line = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
});
/** A bookmark has no name. */
const bookmark = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ resourceVersion: z.string() }),
});

/**
 * The events of a watch: JSON objects, one a line, cut anywhere into chunks.
 *
 * @param description for errors
 * @throws KubernetesError what an `ERROR` event says (`gone` if the resource version is too old), `bad-answer`
 */
export async function* watchEvents(
  chunks: AsyncIterable<Uint8Array>,
  description: string,
): AsyncGenerator<WatchEvent> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) if (text.trim() !== '') yield eventOf(text, description);
  }
}

function eventOf(text: string, description: string): WatchEvent {
  const parsed = line.safeParse(jsonOf(text));
  if (!parsed.success) throw badAnswer(description);
  const { type, object } = parsed.data;
  if (type === 'ERROR') {
    const code = z.looseObject({ code: z.number() }).safeParse(object).data?.code;
    throw answerError(description, code ?? 500, JSON.stringify(object));
  }
  if (type === 'BOOKMARK') {
    const mark = bookmark.safeParse(object);
    if (!mark.success) throw badAnswer(description);
    return { type, object: { ...mark.data, metadata: { ...mark.data.metadata, name: '' } } };
  }
  const whole = kubernetesObject.safeParse(object);
  if (!whole.success) throw badAnswer(description);
  return { type, object: whole.data };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badAnswer(description: string): KubernetesError {
  return new KubernetesError('bad-answer', `Could not ${description}: the answer is no Kubernetes watch.`);
}
