/**
 * The two things needed to read ostree's metadata objects: GVariant's framing of tuples and arrays whose members vary
 * in length (GVariant specification, "Serialisation Format"). Offsets are little-endian, at the end of their container,
 * as wide as the container's size needs.
 */

/**
 * Where the varying members of a tuple end; all but its last member have an offset, stored last first.
 *
 * @param count how many members have an offset
 * @returns the members' ends, first member first, and where the last member ends
 */
export function offsetsOf(
  tuple: Buffer,
  count: number,
): { readonly offsets: number[]; readonly bodyEnd: number } {
  const width = offsetWidth(tuple.length);
  const bodyEnd = tuple.length - count * width;
  const offsets = Array.from({ length: count }, (_, i) =>
    offsetAt(tuple, tuple.length - (i + 1) * width, width),
  );
  return { offsets, bodyEnd };
}

/** The items of an array whose items vary in length and need no alignment. */
export function arrayItems(array: Buffer): Buffer[] {
  if (array.length === 0) return [];
  const width = offsetWidth(array.length);
  const tableStart = offsetAt(array, array.length - width, width);
  const items: Buffer[] = [];
  let start = 0;
  for (let at = tableStart; at < array.length; at += width) {
    const end = offsetAt(array, at, width);
    items.push(array.subarray(start, end));
    start = end;
  }
  return items;
}

function offsetWidth(size: number): 1 | 2 | 4 {
  if (size <= 0xff) return 1;
  if (size <= 0xffff) return 2;
  return 4; // nothing that ostree stores as one object reaches 4 GiB
}

function offsetAt(data: Buffer, at: number, width: number): number {
  return at < 0 || at + width > data.length ? 0 : data.readUIntLE(at, width);
}
