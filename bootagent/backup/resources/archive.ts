import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { TarFormatError, TarScanner } from '../../../core/seedimage/tar-scanner.ts';
import { fileEntry, TAR_END } from '../velero-archive.ts';
import { isJson, type Json, textAt } from './json.ts';

const FORMAT_VERSION = '1.1.0\n';
/** A cluster on one node has some megabytes of objects; what is more than this is no backup of one. */
const MOST_BYTES = 512 * 1024 * 1024;

/** An item of the archive of resources. */
export interface ArchivedItem {
  /** `deployments.apps` */
  readonly resource: string;
  /** The API version that it was read in, for the second copy: `v1`. */
  readonly version: string;
  readonly object: Json;
}

/**
 * The archive as Velero writes it: the format's version first, each item twice, written as items come (3.3).
 */
export function resourceArchive(items: AsyncIterable<ArchivedItem>, now: Date): Readable {
  const entries = async function* () {
    yield fileEntry('metadata/version', Buffer.from(FORMAT_VERSION), now);
    for await (const { resource, version, object } of items) {
      const json = Buffer.from(JSON.stringify(sorted(object)));
      const tail = tailOf(object);
      yield fileEntry(`resources/${resource}/${tail}`, json, now);
      yield fileEntry(`resources/${resource}/${version}-preferredversion/${tail}`, json, now);
    }
    yield TAR_END;
  };
  const gzip = createGzip();
  pipeline(Readable.from(entries(), { objectMode: false }), gzip).catch((error: Error) =>
    gzip.destroy(error),
  );
  return gzip;
}

function tailOf(object: Json): string {
  const namespace = textAt(object, 'metadata', 'namespace');
  const name = `${textAt(object, 'metadata', 'name')}.json`;
  return namespace === '' ? `cluster/${name}` : `namespaces/${namespace}/${name}`;
}

/** Keys sorted, as Velero's JSON has them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(item));
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** The archive is not what Velero writes. */
export class ArchiveFormatError extends Error {}

const ITEM = /^resources\/([^/]+)\/(?:cluster|namespaces\/[^/]+)\/[^/]+\.json$/;

/**
 * Reads an archive to its end before anything is said of it: items by resource, in the archive's order. Copies in
 * versions are passed over, and of two entries of one name the later counts.
 *
 * @throws ArchiveFormatError, or what the stream fails with
 */
export async function readResourceArchive(archive: Readable): Promise<ReadonlyMap<string, readonly Json[]>> {
  const found = new Map<string, Buffer>();
  let pieces: Buffer[] = [];
  let bytes = 0;
  const scanner = new TarScanner({
    member: ({ name }) => {
      if (name.startsWith('/') || name.split('/').includes('..'))
        throw new ArchiveFormatError(`an entry leads out of it: ${JSON.stringify(name)}`);
      pieces = [];
    },
    content: ({ name }, piece) => {
      if (!ITEM.test(name)) return;
      bytes += piece.length;
      if (bytes > MOST_BYTES) throw new ArchiveFormatError(`it holds more than ${MOST_BYTES} bytes`);
      pieces.push(Buffer.from(piece));
    },
    contentEnd: ({ name }) => {
      if (ITEM.test(name)) found.set(name, Buffer.concat(pieces));
    },
  });
  try {
    await pipeline(archive, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) scanner.push(chunk);
      scanner.end();
    });
  } catch (cause) {
    if (cause instanceof TarFormatError) throw new ArchiveFormatError(cause.message, { cause });
    throw cause;
  }
  const items = new Map<string, Json[]>();
  for (const [name, json] of found) {
    const resource = ITEM.exec(name)?.[1] ?? '';
    items.set(resource, [...(items.get(resource) ?? []), parsedItem(name, json)]);
  }
  return items;
}

function parsedItem(name: string, json: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch (cause) {
    throw new ArchiveFormatError(`${name} is not JSON`, { cause });
  }
  const stem = Buffer.from(name, 'latin1')
    .toString()
    .split('/')
    .at(-1)
    ?.replace(/\.json$/, '');
  if (!isJson(value) || textAt(value, 'metadata', 'name') !== stem)
    throw new ArchiveFormatError(`${name} does not hold the object it is named for`);
  return value;
}
