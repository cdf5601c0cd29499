import { findCbor, isCbor } from '../cbor/index.ts';
import { CodecError } from '../codec-error.ts';
import { findJson } from '../json/index.ts';
import { findProtobuf, isEnvelope, readEnvelope } from '../protobuf/index.ts';
import { type MessageShape, messageOfKind } from '../protobuf/kinds/index.ts';
import { latin1, utf8 } from '../text.ts';

export type Encoding = 'protobuf' | 'cbor' | 'json' | 'encrypted' | 'unknown';

/** What an object in etcd says it is. */
export interface ObjectIdentity {
  readonly encoding: 'protobuf' | 'cbor' | 'json';
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for objects of no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** How a stored value is encoded, by its first bytes. */
export function encodingOf(bytes: Uint8Array): Encoding {
  if (isEnvelope(bytes)) return 'protobuf';
  if (isCbor(bytes)) return 'cbor';
  const head = latin1(bytes.subarray(0, 64));
  if (head.startsWith('k8s:enc:')) return 'encrypted';
  return /^\s*\{/.test(head) ? 'json' : 'unknown';
}

/**
 * Reads what a stored object is.
 *
 * @throws CodecError `unsupported` for encrypted and unknown values, or what reading finds
 */
export function readObject(bytes: Uint8Array): ObjectIdentity {
  const encoding = encodingOf(bytes);
  switch (encoding) {
    case 'protobuf': {
      const { apiVersion, kind } = readEnvelope(bytes);
      const text = (path: string): string =>
        utf8(findProtobuf(bytes, path).at(-1)?.value ?? new Uint8Array());
      return { encoding, apiVersion, kind, name: text('raw.1.1'), namespace: text('raw.1.3') };
    }
    case 'json': {
      const source = utf8(bytes);
      return { encoding, ...identity((pointer) => findJson(source, pointer).at(-1)?.value) };
    }
    case 'cbor':
      return {
        encoding,
        ...identity((pointer) => {
          const match = findCbor(bytes, pointer).at(-1);
          return match === undefined ? undefined : utf8(match.value);
        }),
      };
    case 'encrypted':
    case 'unknown':
      throw new CodecError(
        'unsupported',
        encoding === 'encrypted' ? 'the value is encrypted' : 'the value is no object',
        {
          format: 'location',
          offset: 0,
        },
      );
  }
}

function identity(at: (pointer: string) => string | undefined): Omit<ObjectIdentity, 'encoding'> {
  return {
    apiVersion: at('/apiVersion') ?? '',
    kind: at('/kind') ?? '',
    namespace: at('/metadata/namespace') ?? '',
    name: at('/metadata/name') ?? '',
  };
}

/** Whether the tables have field numbers for a kind; without them a protobuf object has no named paths. */
export function knowsKind(apiVersion: string, kind: string): boolean {
  return messageOfKind(apiVersion, kind) !== undefined;
}

/** The table of a protobuf object's kind. @throws CodecError `unknown-kind` */
export function shapeOf({ apiVersion, kind }: Pick<ObjectIdentity, 'apiVersion' | 'kind'>): MessageShape {
  const shape = messageOfKind(apiVersion, kind);
  if (shape === undefined) {
    throw new CodecError('unknown-kind', `there are no field numbers for ${apiVersion} ${kind}`, {
      format: 'protobuf',
    });
  }
  return shape;
}
