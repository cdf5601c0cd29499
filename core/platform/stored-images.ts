import type { StoredImage } from './platform.ts';

/** An image as a container storage names it. */
export interface NamedImage {
  /** Names with a tag or a digest. */
  readonly names: readonly string[];
  /** `repository@sha256:…` by which registries know it. */
  readonly digests: readonly string[];
  /** Bytes, shared layers included. */
  readonly size: number;
}

/**
 * The image as each repository has it: by one digest (an index and the manifest chosen from it are the same image), with
 * the tags of that repository.
 */
function inEachRepository({ names, digests, size }: NamedImage): StoredImage[] {
  const tags = names.filter((name) => !name.includes('@'));
  if (digests.length === 0) return tags.map((tag) => ({ pullSpec: tag, tags: [], size }));
  const byRepository = new Map(
    digests.toReversed().map((digest) => [digest.slice(0, digest.indexOf('@')), digest]),
  );
  return [...byRepository].map(([repository, pullSpec]) => ({
    pullSpec,
    tags: tags.filter((tag) => tag.replace(/:[^/:]+$/, '') === repository).toSorted(),
    size,
  }));
}

/** Images as a seed lists them, sorted by pull spec. */
export function storedImages(images: readonly NamedImage[]): readonly StoredImage[] {
  return images.flatMap(inEachRepository).toSorted((a, b) => (a.pullSpec < b.pullSpec ? -1 : 1));
}
