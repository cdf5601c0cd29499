import { type ByteName, shownName } from './tar-header.ts';
import type { TarMember } from './tar-scanner.ts';

/** The parts of a seed image; each is one or more layers. */
export type SeedPart = 'ostree' | 'etc' | 'var' | 'metadata';

export const SEED_PARTS: readonly SeedPart[] = ['ostree', 'etc', 'var', 'metadata'];

/** Where the members of each part lie in the image, and below the directory they are unpacked into. */
export const PART_PREFIX: Readonly<Record<SeedPart, string>> = {
  ostree: 'ostree/repo',
  etc: 'etc',
  var: 'var',
  metadata: 'seed',
};

const OSTREE_OBJECT =
  /^ostree\/repo\/objects\/[0-9a-f]{2}\/[0-9a-f]{62}\.(file|dirtree|dirmeta|commit|commitmeta)$/;

/** A member that must not be unpacked; the message is a clause about it. */
export class MemberRefused extends Error {
  readonly member: ByteName;

  constructor(member: ByteName, why: string) {
    super(`member ${shownName(member)} ${why}`);
    this.member = member;
  }
}

/** Bytes a member takes on a disk with blocks of 4 KiB: content rounded up, one block for everything else. */
export function diskBytes({ type, size }: TarMember): number {
  return type === 'file' ? Math.ceil(Math.max(1, size) / 4096) * 4096 : 4096;
}

/**
 * Judges the members of one part, over all its layers, before any of them is unpacked.
 *
 * - A name is relative, without `.` and `..`, inside the part's directory.
 * - The directory it lies in was stored before, as a directory: so nothing is ever written through a link, planted by
 *   this archive or found on the way (tar replaces a link in the way of a directory).
 * - No name comes twice, in one layer or in two: so what was checked is what ends up on disk.
 * - A hard link points at a file stored before; devices are refused.
 * - Objects of the repository have an object's name and are files or links; what they hold is checked on import.
 *
 * Keeps each name of `etc` and `var` in memory (about 0.1 KB a name), and nothing of their content.
 */
export class MemberRules {
  readonly #part: SeedPart;
  readonly #seen = new Map<ByteName, TarMember['type']>();
  unpackedBytes = 0;
  members = 0;

  constructor(part: SeedPart) {
    this.#part = part;
  }

  /** @throws MemberRefused */
  judge(member: TarMember): void {
    const { name, type } = member;
    if (this.#part === 'ostree') {
      this.#judgeObject(member);
    } else {
      this.#judgeName(name);
      this.#judgeParent(member);
      if (type === 'character' || type === 'block') throw new MemberRefused(name, 'is a device');
      if (type === 'hardlink') this.#judgeHardLink(member);
      if (this.#part === 'metadata' && type !== 'file' && type !== 'directory') {
        throw new MemberRefused(name, `is a ${type} where only files belong`);
      }
      if (this.#seen.has(name)) throw new MemberRefused(name, 'comes twice');
      this.#seen.set(name, type);
    }
    this.members += 1;
    this.unpackedBytes += diskBytes(member);
  }

  #judgeObject({ name, type }: TarMember): void {
    const kind = OSTREE_OBJECT.exec(name)?.[1];
    if (kind === undefined) {
      this.#judgeName(name);
      throw new MemberRefused(name, 'is no object of an ostree repository');
    }
    if (type !== 'file' && !(type === 'symlink' && kind === 'file')) {
      throw new MemberRefused(name, `is a ${type} and no object of an ostree repository`);
    }
  }

  #judgeName(name: ByteName): void {
    if (name.startsWith('/')) throw new MemberRefused(name, 'has an absolute name');
    const segments = name.split('/');
    if (segments.includes('..')) throw new MemberRefused(name, 'climbs out of its directory with ".."');
    if (segments.includes('') || segments.includes('.'))
      throw new MemberRefused(name, 'has a name with empty or "." parts');
    const prefix = PART_PREFIX[this.#part];
    if (name !== prefix && !name.startsWith(`${prefix}/`))
      throw new MemberRefused(name, `lies outside of ${prefix}/`);
  }

  #judgeParent({ name, type }: TarMember): void {
    const slash = name.lastIndexOf('/');
    if (slash < 0) {
      if (type !== 'directory') throw new MemberRefused(name, 'must be a directory');
      return;
    }
    const parent = this.#seen.get(name.slice(0, slash));
    if (parent === 'directory') return;
    const why =
      parent === undefined ? 'comes before the directory it lies in' : `would be written through a ${parent}`;
    throw new MemberRefused(name, why);
  }

  #judgeHardLink({ name, linkName }: TarMember): void {
    const target = this.#seen.get(linkName);
    if (target === 'file' || target === 'hardlink') return;
    throw new MemberRefused(
      name,
      `is a hard link to ${shownName(linkName)}, which is no file stored before it`,
    );
  }
}
