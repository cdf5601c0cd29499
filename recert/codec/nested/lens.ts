import { cborStrings, editCbor } from '../cbor/index.ts';
import { CodecError, type CodecFormat } from '../codec-error.ts';
import { editJson, jsonStrings } from '../json/index.ts';
import { findJwts } from '../jwt/index.ts';
import { replacePemBlocks, scanPem } from '../pem/index.ts';
import { editProtobuf, parseProtobufPath } from '../protobuf/index.ts';
import { Messages } from '../protobuf/message.ts';
import { type Range, spliceText } from '../splice.ts';
import { fromLatin1, fromUtf8, latin1, utf8 } from '../text.ts';
import { editYaml, yamlStrings } from '../yaml/index.ts';
import { decodeBase64, findBase64Runs, reencodeBase64 } from './base64.ts';
import { decodeDataUrl, reencodeDataUrl } from './data-url.ts';
import { repackGzip, unpackGzip } from './gzip.ts';

export const LENSES = [
  'protobuf',
  'json',
  'yaml',
  'cbor',
  'pem',
  'base64',
  'data-url',
  'gzip',
  'jwt',
] as const;
export type LensName = (typeof LENSES)[number];

/** New bytes for one part of a container; a PEM block may get another label. */
export interface PartEdit {
  readonly at: string;
  readonly bytes: Uint8Array;
  readonly label?: string;
}

/** How bytes hold other bytes. */
export interface Lens {
  /** Parses a container once to read any of its parts. The reader throws CodecError `not-found` and others. */
  readonly open: (container: Uint8Array) => (at: string) => Uint8Array;
  /** Writes parts and leaves all else as it is. @throws CodecError `not-found` and others */
  readonly put: (container: Uint8Array, edits: readonly PartEdit[]) => Uint8Array;
}

/**
 * Every lens; parts are addressed by path (protobuf), pointer (json, yaml, cbor), index (pem, jwt, base64 in a text) or
 * nothing at all (base64, data-url, gzip).
 */
export const LENS: Readonly<Record<LensName, Lens>> = {
  protobuf: {
    open: (bytes) => {
      const messages = new Messages(bytes);
      return (at) => {
        const { field } = messages.only(parseProtobufPath(at));
        return bytes.subarray(field.contentStart, field.contentEnd);
      };
    },
    put: (bytes, edits) =>
      editProtobuf(
        bytes,
        edits.map(({ at, bytes: set }) => ({ path: at, set })),
      ),
  },
  json: {
    open: (bytes) => {
      const part = byPointer(jsonStrings(utf8(bytes)), 'JSON');
      return (at) => fromUtf8(part(at).value);
    },
    put: (bytes, edits) =>
      fromUtf8(
        editJson(
          utf8(bytes),
          edits.map(({ at, bytes: text }) => ({ pointer: at, string: utf8(text) })),
        ),
      ),
  },
  yaml: {
    open: (bytes) => {
      const part = byPointer(yamlStrings(utf8(bytes)), 'YAML');
      return (at) => fromUtf8(part(at).value);
    },
    put: (bytes, edits) =>
      fromUtf8(
        editYaml(
          utf8(bytes),
          edits.map(({ at, bytes: text }) => ({ pointer: at, string: utf8(text) })),
        ),
      ),
  },
  cbor: {
    open: (bytes) => {
      const part = byPointer(cborStrings(bytes), 'CBOR');
      return (at) => part(at).value;
    },
    put: (bytes, edits) =>
      editCbor(
        bytes,
        edits.map(({ at, bytes: set }) => ({ pointer: at, set })),
      ),
  },
  pem: {
    open: (bytes) => {
      const { blocks } = scanPem(latin1(bytes));
      return (at) => numbered(blocks, 'PEM', at).der;
    },
    put: (bytes, edits) =>
      fromLatin1(
        replacePemBlocks(
          latin1(bytes),
          edits.map(({ at, bytes: der, label }) => ({
            index: index('PEM', at),
            der,
            ...(label === undefined ? {} : { label }),
          })),
        ),
      ),
  },
  jwt: {
    open: (bytes) => {
      const tokens = findJwts(latin1(bytes));
      return (at) => fromLatin1(numbered(tokens, 'JWT', at).token);
    },
    put: (bytes, edits) => {
      const text = latin1(bytes);
      const tokens = findJwts(text);
      const splices = edits.map(({ at, bytes: token }) => ({
        ...numbered(tokens, 'JWT', at).range,
        replacement: latin1(token),
      }));
      return fromLatin1(spliceText(text, splices, 'JWT'));
    },
  },
  base64: {
    open: (bytes) => {
      const text = latin1(bytes);
      return (at) => decodeBase64(at === '' ? text : runAt(text, at).run);
    },
    put: (bytes, edits) => {
      const text = latin1(bytes);
      if (edits.some(({ at }) => at === '')) {
        return fromLatin1(reencodeBase64(text, single(edits, 'base64').bytes));
      }
      const splices = edits.map(({ at, bytes: content }) => {
        const { run, range } = runAt(text, at);
        return { ...range, replacement: reencodeBase64(run, content) };
      });
      return fromLatin1(spliceText(text, splices, 'base64'));
    },
  },
  'data-url': {
    open: (bytes) => () => decodeDataUrl(latin1(bytes)),
    put: (bytes, edits) => fromLatin1(reencodeDataUrl(latin1(bytes), single(edits, 'data URL').bytes)),
  },
  gzip: {
    open: (bytes) => () => unpackGzip(bytes),
    put: (bytes, edits) => repackGzip(bytes, single(edits, 'gzip').bytes),
  },
};

/** Parts by their pointers, each of which must be there once. */
function byPointer<Part extends { readonly pointer: string }>(
  parts: readonly Part[],
  format: CodecFormat,
): (at: string) => Part {
  const groups = Map.groupBy(parts, ({ pointer }) => pointer);
  return (path) => {
    const [part, other] = groups.get(path) ?? [];
    if (part === undefined) throw new CodecError('not-found', 'there is no string', { format, path });
    if (other !== undefined) throw new CodecError('ambiguous', 'there are several places', { format, path });
    return part;
  };
}

function runAt(text: string, at: string): { readonly run: string; readonly range: Range } {
  const range = numbered(findBase64Runs(text), 'base64', at);
  return { run: text.slice(range.start, range.end), range };
}

function single(edits: readonly PartEdit[], format: CodecFormat): PartEdit {
  const [edit] = edits;
  if (edit === undefined || edits.length > 1)
    throw new CodecError('overlap', 'two edits mean the same bytes', { format });
  return edit;
}

function numbered<Item>(items: readonly Item[], format: CodecFormat, at: string): Item {
  const item = items[index(format, at)];
  if (item === undefined) throw new CodecError('not-found', `there is no number ${at}`, { format, path: at });
  return item;
}

function index(format: CodecFormat, at: string): number {
  if (!/^\d{1,9}$/.test(at))
    throw new CodecError('invalid-path', 'a number is expected', { format, path: at });
  return Number(at);
}
