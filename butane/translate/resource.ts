import { LocalFileProblem, NO_FILES_DIRECTORY } from '../files/local-files.ts';
import type { Path } from '../report/path.ts';
import type { Resource } from '../schema/resource.ts';
import type { Context } from './context.ts';
import { dataUrl, plainDataUrl } from './data-url.ts';

/** Puts what `inline` or `local` hold into a resource's source, as a data URL. */
export function fillResource(from: Resource, to: Resource, at: Path, context: Context): void {
  if (from.local !== undefined) {
    const path = [...at, 'local'];
    const bytes = readLocal(from.local, path, context);
    if (bytes === undefined) return;
    fill(to, bytes, path, context);
  }
  if (from.inline !== undefined) fill(to, Buffer.from(from.inline), [...at, 'inline'], context);
}

function fill(to: Resource, bytes: Uint8Array, path: Path, context: Context): void {
  context.origins.noteField(to, 'source', path);
  if (context.spec.fcos === 0) {
    to.source = plainDataUrl(bytes);
    return;
  }
  const { source, compression } = dataUrl(bytes, to.compression, context.autoCompression);
  to.source = source;
  if (compression === undefined) return;
  to.compression = compression;
  context.origins.noteField(to, 'compression', path);
}

/** The bytes of a local file; undefined, and an error at `path`, if it cannot be read. */
export function readLocal(local: string, path: Path, context: Context): Uint8Array | undefined {
  if (context.files === undefined) {
    context.report.error(path, NO_FILES_DIRECTORY);
    return undefined;
  }
  try {
    return context.files.read(local);
  } catch (error) {
    if (!(error instanceof LocalFileProblem)) throw error;
    context.report.error(path, error.message);
    return undefined;
  }
}
