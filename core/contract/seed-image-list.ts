import type { Host } from '../host/host.ts';
import { contractError } from './contract-error.ts';
import { SEED_IMAGE_LIST_PATH } from './paths.ts';

/**
 * Parses `containers.list`: one pull spec a line, blank lines and `#` comments dropped, doubles dropped.
 *
 * @throws ContractError `bad-value` with the line that is no pull spec
 */
export function parseImageList(text: string, file: string = SEED_IMAGE_LIST_PATH): readonly string[] {
  const images = new Set<string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    // A leading dash would be read as an option by the program that pulls.
    if (/[\s\p{Cc}]/u.test(line) || line.startsWith('-')) {
      throw contractError('bad-value', file, `line ${index + 1} is not a pull spec`, {
        position: { line: index + 1, column: 1 },
        remedy: 'Write one image a line, as podman pull takes it.',
      });
    }
    images.add(line);
  }
  return [...images];
}

/** The file's text: sorted, one a line. */
export function imageListText(images: readonly string[]): string {
  return [...new Set(images)]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((image) => `${image}\n`)
    .join('');
}

/** Reads the seed's list; throws ContractError `missing-file` if there is none. */
export async function readImageList(
  host: Host,
  path: string = SEED_IMAGE_LIST_PATH,
): Promise<readonly string[]> {
  const text = await host.readText(path);
  if (text === undefined) {
    throw contractError('missing-file', path, "the seed's image list is not there", {
      remedy: 'The image is not a seed image, or it was not unpacked; check the pull spec.',
    });
  }
  return parseImageList(text, path);
}
