import type { Host } from '../../core/host/host.ts';

interface Held {
  /** As it is on disk; undefined for a file that is to be made. */
  readonly before: Uint8Array | undefined;
  /** Undefined: to be removed. */
  content: Uint8Array | undefined;
  /** A file whose owner, mode and labels the new one takes over, when it is not its own predecessor. */
  like?: string;
}

/** A changed file. */
export interface FileEdit {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly content: Uint8Array | undefined;
  readonly like?: string;
}

/** Files as they will be: reads fall through to the machine, changes stay in memory until they are staged. */
export class FileOverlay {
  readonly host: Host;
  readonly #held = new Map<string, Held>();

  constructor(host: Host) {
    this.host = host;
  }

  /** Keeps what a scan has read. */
  remember(path: string, content: Uint8Array): void {
    if (!this.#held.has(path)) this.#held.set(path, { before: content, content });
  }

  /** A file's content as it will be; undefined if there is or will be none. */
  async get(path: string): Promise<Uint8Array | undefined> {
    const held = this.#held.get(path);
    if (held !== undefined) return held.content;
    const content = await this.host.readBytes(path);
    if (content !== undefined) this.remember(path, content);
    return content;
  }

  async put(path: string, content: Uint8Array): Promise<void> {
    await this.get(path);
    const held = this.#held.get(path);
    if (held === undefined) this.#held.set(path, { before: undefined, content });
    else held.content = content;
  }

  /** Changes a file if it is there. @returns whether it was */
  async edit(path: string, change: (content: Uint8Array) => Uint8Array): Promise<boolean> {
    const content = await this.get(path);
    if (content === undefined) return false;
    await this.put(path, change(content));
    return true;
  }

  async remove(path: string): Promise<void> {
    await this.get(path);
    const held = this.#held.get(path);
    if (held !== undefined) held.content = undefined;
  }

  /** Gives a file another path, with its owner, mode and labels. */
  async rename(from: string, to: string): Promise<void> {
    const content = await this.get(from);
    if (content === undefined || from === to) return;
    await this.put(to, content);
    const held = this.#held.get(to);
    if (held !== undefined) held.like = this.#held.get(from)?.like ?? from;
    await this.remove(from);
  }

  /** All changes; removals last, so that what a renamed file is like is still there. */
  edits(): readonly FileEdit[] {
    const changed = [...this.#held]
      .filter(([, { before, content }]) => !sameBytes(before, content))
      .map(([path, held]) => ({ path, ...held }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    return [
      ...changed.filter(({ content }) => content !== undefined),
      ...changed.filter(({ content }) => content === undefined),
    ];
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || Buffer.compare(a, b) === 0;
}
