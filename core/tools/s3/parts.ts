/** S3 wants 5 MiB at least; a part is kept in memory until it is stored, to be sent again if the connection breaks. */
const PART_BYTES = 8 * 1024 * 1024;

/** The data in pieces of a part's size; the last may be shorter. */
export async function* partsOf(data: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = data instanceof Uint8Array ? [data] : data;
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    size += chunk.length;
    while (size >= PART_BYTES) {
      const joined = Buffer.concat(pieces);
      yield joined.subarray(0, PART_BYTES);
      pieces = [joined.subarray(PART_BYTES)];
      size = joined.length - PART_BYTES;
    }
  }
  if (size > 0) yield Buffer.concat(pieces);
}
