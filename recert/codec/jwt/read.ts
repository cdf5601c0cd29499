import { CodecError } from '../codec-error.ts';
import { editJson, type JsonEdit } from '../json/index.ts';
import { utf8 } from '../text.ts';

/** A JSON web token taken apart; the texts are the JSON as it stood, to the last blank. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly headerText: string;
  readonly payloadText: string;
  readonly signature: Uint8Array;
  /** What the signature covers: the first two parts as they stand. */
  readonly signingInput: string;
}

/**
 * Reads a token. The header must be a JSON object naming its `alg`; the payload may be any text.
 *
 * @throws CodecError `malformed`, without the token in its message
 */
export function readJwt(token: string): Jwt {
  const parts = token.split('.');
  const [header64, payload64, signature64] = parts;
  if (parts.length !== 3 || header64 === undefined || payload64 === undefined || signature64 === undefined) {
    throw malformed('a token has three parts');
  }
  const headerText = utf8(decodePart(header64, 0));
  const header = parseHeader(headerText);
  const payloadText = utf8(decodePart(payload64, header64.length + 1));
  const signature = decodePart(signature64, header64.length + payload64.length + 2);
  return { header, headerText, payloadText, signature, signingInput: `${header64}.${payload64}` };
}

/** Whether a text is a token that {@link readJwt} reads. */
export function isJwt(token: string): boolean {
  try {
    readJwt(token);
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

export interface JwtEdits {
  readonly header?: readonly JsonEdit[];
  readonly payload?: readonly JsonEdit[];
}

/**
 * The token with its header's and payload's texts edited in place and a new signature; a part without edits keeps its
 * very characters.
 *
 * @param sign gets the signing input, gives the raw signature bytes (for ECDSA r and s side by side)
 * @throws CodecError `malformed`, or what editing finds
 */
export function rewriteJwt(
  token: string,
  edits: JwtEdits,
  sign: (signingInput: string) => Uint8Array,
): string {
  const { headerText, payloadText, signingInput } = readJwt(token);
  const [header64, payload64] = signingInput.split('.') as [string, string];
  const input = `${editedPart(header64, headerText, edits.header)}.${editedPart(payload64, payloadText, edits.payload)}`;
  return `${input}.${base64url(sign(input))}`;
}

function editedPart(part: string, text: string, edits: readonly JsonEdit[] = []): string {
  if (edits.length === 0) return part;
  const edited = editJson(text, edits);
  return edited === text ? part : base64url(Buffer.from(edited, 'utf8'));
}

function parseHeader(text: string): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw malformed('the header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header) || !('alg' in header)) {
    throw malformed('the header names no algorithm');
  }
  return header;
}

function decodePart(part: string, offset: number): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(part) || part.length % 4 === 1)
    throw malformed('a part is no base64url', offset);
  return new Uint8Array(Buffer.from(part, 'base64url'));
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

function malformed(what: string, offset = 0): CodecError {
  return new CodecError('malformed', what, { format: 'JWT', offset });
}
