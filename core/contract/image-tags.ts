import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { IMAGE_TAGS_PATH } from './paths.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';

const schema = z.record(z.string().min(1), z.string().min(1));

/** By name with tag: the image that is to have it, as a pull spec by digest or as an image id. */
export type ImageTags = Readonly<Record<string, string>>;

/**
 * Tags that mean another image in this stateroot than in the other one, to be set before workloads start: the container
 * storage is shared, and its names with it. No file: none.
 *
 * @throws ContractError if the file is damaged
 */
export async function readImageTags(host: Host, path: string = IMAGE_TAGS_PATH): Promise<ImageTags> {
  const text = await host.readText(path);
  return text === undefined ? {} : validate(parseJson(path, text), schema, 'the list of image tags');
}

/** Writes the list, or removes it if there is nothing in it. */
export async function writeImageTags(
  host: Host,
  tags: ImageTags,
  path: string = IMAGE_TAGS_PATH,
): Promise<void> {
  if (Object.keys(tags).length === 0) await host.remove(path);
  else await host.writeAtomic(path, `${JSON.stringify(tags, null, 2)}\n`, { mode: 0o600 });
}
