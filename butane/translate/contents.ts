import type { Path } from '../report/path.ts';
import type { Dropin, Unit } from '../schema/systemd.ts';
import type { Context } from './context.ts';
import { readLocal } from './resource.ts';

/** A unit's or drop-in's text from a local file, as it is. */
export function fillContents(from: Unit | Dropin, to: Unit | Dropin, at: Path, context: Context): void {
  if (from.contentsLocal === undefined || from.contentsLocal === '') return;
  const path = [...at, 'contents_local'];
  const bytes = readLocal(from.contentsLocal, path, context);
  if (bytes === undefined) return;
  to.contents = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  context.origins.noteField(to, 'contents', path);
}
