import { editCbor, findCbor } from '../cbor/index.ts';
import { CodecError, type CodecFormat } from '../codec-error.ts';
import { editJson, findJson } from '../json/index.ts';
import { findJwts } from '../jwt/index.ts';
import { replacePemBlocks, scanPem } from '../pem/index.ts';
import { editProtobuf, findProtobuf } from '../protobuf/index.ts';
import { spliceText } from '../splice.ts';
import { fromLatin1, fromUtf8, latin1, utf8 } from '../text.ts';
import { editYaml, findYaml } from '../yaml/index.ts';
import { decodeBase64, reencodeBase64 } from './base64.ts';
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

/** How bytes hold other bytes: `get` reads one part, `put` writes several and leaves all else as it is. */
export interface Lens {
  /** @throws CodecError `not-found` and others */
  readonly get: (container: Uint8Array, at: string) => Uint8Array;
  /** @throws CodecError `not-found` and others */
  readonly put: (container: Uint8Array, edits: readonly PartEdit[]) => Uint8Array;
}

/** Every lens; parts are addressed by path (protobuf), pointer (json, yaml, cbor), index (pem, jwt) or nothing at all. */
export const LENS: Readonly<Record<LensName, Lens>> = {
  protobuf: {
    get: (bytes, at) => only(findProtobuf(bytes, at), 'protobuf', at).value,
    put: (bytes, edits) =>
      editProtobuf(
        bytes,
        edits.map(({ at, bytes: set }) => ({ path: at, set })),
      ),
  },
  json: {
    get: (bytes, at) => fromUtf8(stringOf(only(findJson(utf8(bytes), at), 'JSON', at), 'JSON', at)),
    put: (bytes, edits) =>
      fromUtf8(
        editJson(
          utf8(bytes),
          edits.map(({ at, bytes: text }) => ({ pointer: at, string: utf8(text) })),
        ),
      ),
  },
  yaml: {
    get: (bytes, at) => fromUtf8(stringOf(only(findYaml(utf8(bytes), at), 'YAML', at), 'YAML', at)),
    put: (bytes, edits) =>
      fromUtf8(
        editYaml(
          utf8(bytes),
          edits.map(({ at, bytes: text }) => ({ pointer: at, string: utf8(text) })),
        ),
      ),
  },
  cbor: {
    get: (bytes, at) => only(findCbor(bytes, at), 'CBOR', at).value,
    put: (bytes, edits) =>
      editCbor(
        bytes,
        edits.map(({ at, bytes: set }) => ({ pointer: at, set })),
      ),
  },
  pem: {
    get: (bytes, at) => numbered(scanPem(latin1(bytes)).blocks, 'PEM', at).der,
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
    get: (bytes, at) => fromLatin1(numbered(findJwts(latin1(bytes)), 'JWT', at).token),
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
    get: (bytes) => decodeBase64(latin1(bytes)),
    put: (bytes, edits) => fromLatin1(reencodeBase64(latin1(bytes), single(edits, 'base64').bytes)),
  },
  'data-url': {
    get: (bytes) => decodeDataUrl(latin1(bytes)),
    put: (bytes, edits) => fromLatin1(reencodeDataUrl(latin1(bytes), single(edits, 'data URL').bytes)),
  },
  gzip: {
    get: (bytes) => unpackGzip(bytes),
    put: (bytes, edits) => repackGzip(bytes, single(edits, 'gzip').bytes),
  },
};

function only<Match>(matches: readonly Match[], format: CodecFormat, path: string): Match {
  const [match] = matches;
  if (match === undefined) throw new CodecError('not-found', 'there is nothing', { format, path });
  if (matches.length > 1) throw new CodecError('ambiguous', 'there are several places', { format, path });
  return match;
}

function stringOf(
  match: { readonly kind: string; readonly value: string },
  format: CodecFormat,
  path: string,
): string {
  if (match.kind !== 'string') throw new CodecError('not-found', 'there is no string', { format, path });
  return match.value;
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
