import {
  entryOf,
  HEADER_SIZE,
  type ProgramHeader,
  PT_INTERP,
  PT_LOAD,
  PT_PHDR,
  programHeaders,
  setEntry,
  writeHeader,
} from './elf.ts';
import { type CarriedLibrary, withPayload } from './start-code.ts';

const PAGE = 4096;

/**
 * An executable that carries libraries and starts with the given code (start.c), which hands those that a machine
 * lacks to the machine's dynamic loader. For the kernel, the program header that names the loader becomes one that
 * loads the code; the loader gets to see a second table, with both. Code, table and libraries go to the file's end.
 *
 * @param executable an x86-64 executable with a dynamic loader
 * @param libraries by name, as the executable asks for them
 */
export function carryLibraries(
  executable: Buffer,
  code: Buffer,
  libraries: ReadonlyMap<string, Buffer>,
): Buffer {
  const headers = programHeaders(executable);
  const loaded = headers.filter(({ type }) => type === PT_LOAD);
  const named = headers.find(({ type }) => type === PT_INTERP);
  const [first] = loaded;
  if (named === undefined || first === undefined) throw new Error('This executable has no dynamic loader.');

  const offset = toPage(executable.length);
  // Kernels before 5.18 derive the address of the program headers from the first loaded header: same distance.
  const address = first.address - first.offset + offset;
  const tableAt = Math.ceil(code.length / 8) * 8;
  const tableSize = (headers.length + 1) * HEADER_SIZE;
  const size = tableAt + tableSize;
  refuseOverlap(loaded, address, size);

  const places = placesFrom(toPage(offset + size), libraries);
  const result = Buffer.alloc(places.at(-1)?.end ?? offset + size);
  executable.copy(result);
  const table = offset + tableAt;
  for (const [index, { at, type }] of headers.entries()) {
    const to = table + index * HEADER_SIZE;
    executable.copy(result, to, at, at + HEADER_SIZE);
    if (type === PT_PHDR) writeHeader(result, to, PT_PHDR, table, address + tableAt, tableSize);
  }
  writeHeader(result, table + headers.length * HEADER_SIZE, PT_LOAD, offset, address, size);
  writeHeader(result, named.at, PT_LOAD, offset, address, size);
  setEntry(result, address);

  withPayload(code, {
    entry: entryOf(executable),
    headers: address + tableAt,
    headerCount: headers.length + 1,
    interpreter: executable.toString('latin1', named.offset, named.offset + named.fileSize - 1),
    libraries: places,
  }).copy(result, offset);
  for (const place of places) libraries.get(place.name)?.copy(result, place.offset);
  return result;
}

/** Where each library goes, one behind the other on pages of their own. */
function placesFrom(
  start: number,
  libraries: ReadonlyMap<string, Buffer>,
): readonly (CarriedLibrary & { readonly end: number })[] {
  let end = start;
  return [...libraries].map(([name, { length: size }]) => {
    const offset = end;
    end = toPage(offset + size);
    return { name, offset, size, end };
  });
}

function toPage(length: number): number {
  return Math.ceil(length / PAGE) * PAGE;
}

function refuseOverlap(loaded: readonly ProgramHeader[], address: number, size: number): void {
  const meets = loaded.some(
    (part) => address < toPage(part.address + part.memorySize) && part.address < toPage(address + size),
  );
  if (meets)
    throw new Error('There is no room for the code that starts lca among what the executable loads.');
}
