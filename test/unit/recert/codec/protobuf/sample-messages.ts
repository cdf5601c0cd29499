import * as fc from 'fast-check';
import { varint } from '../../../../../recert/codec/protobuf/index.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8 } from '../../../../../recert/codec/text.ts';

/** A length-delimited field; `width` pads the length beyond what is needed. */
export function bytesField(number: number, content: Uint8Array | string, width = 1): Uint8Array {
  const bytes = typeof content === 'string' ? fromUtf8(content) : content;
  return concatBytes([varint(number * 8 + 2), varint(bytes.length, width), bytes]);
}

export function varintField(number: number, value: number | bigint, width = 1): Uint8Array {
  return concatBytes([varint(number * 8), varint(value, width)]);
}

/** The envelope with object bytes as Kubernetes writes it. */
export function envelope(apiVersion: string, kind: string, object: Uint8Array): Uint8Array {
  return concatBytes([
    fromUtf8('k8s\0'),
    bytesField(1, concatBytes([bytesField(1, apiVersion), bytesField(2, kind)])),
    bytesField(2, object),
    bytesField(3, ''),
    bytesField(4, ''),
  ]);
}

/** Fields of every wire type, some padded, in any order. */
const scalar: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 1, max: 3000 }),
      fc.bigInt({ min: 0n, max: 2n ** 63n }),
      fc.integer({ min: 1, max: 10 }),
    )
    .map(([number, value, width]) => varintField(number, value, width)),
  fc
    .tuple(fc.integer({ min: 1, max: 3000 }), fc.uint8Array({ minLength: 8, maxLength: 8 }))
    .map(([number, bytes]) => concatBytes([varint(number * 8 + 1), bytes])),
  fc
    .tuple(fc.integer({ min: 1, max: 3000 }), fc.uint8Array({ minLength: 4, maxLength: 4 }))
    .map(([number, bytes]) => concatBytes([varint(number * 8 + 5), bytes])),
);

export const { message } = fc.letrec<{ message: Uint8Array; field: Uint8Array }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc
      .tuple(
        fc.integer({ min: 1, max: 40 }),
        fc.uint8Array({ maxLength: 150 }),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(([number, bytes, width]) => bytesField(number, bytes, width)),
    fc
      .tuple(fc.integer({ min: 1, max: 40 }), tie('message'), fc.integer({ min: 1, max: 4 }))
      .map(([number, bytes, width]) => bytesField(number, bytes, width)),
    fc
      .tuple(fc.integer({ min: 1, max: 40 }), tie('message'))
      .map(([number, bytes]) => concatBytes([varint(number * 8 + 3), bytes, varint(number * 8 + 4)])),
  ),
  message: fc.array(tie('field'), { maxLength: 6 }).map((fields) => concatBytes(fields)),
}));

/** A map as Kubernetes writes it, keys of any text. */
export const stringMap = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.uint8Array({ maxLength: 200 }),
  { maxKeys: 6 },
);

/** Entries of a map field, sorted by key. */
export function mapFields(number: number, map: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(map).toSorted(([a], [b]) => Buffer.compare(fromUtf8(a), fromUtf8(b)));
  return concatBytes(
    entries.map(([key, value]) =>
      bytesField(number, concatBytes([bytesField(1, key), bytesField(2, value)])),
    ),
  );
}
