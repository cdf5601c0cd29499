import type { Node } from '../yaml/node.ts';
import { type Position, positionAt } from '../yaml/node.ts';
import { type Path, pathText } from './path.ts';

export type Severity = 'error' | 'warning';

/** One line of the report. */
export interface Entry {
  readonly severity: Severity;
  /** In the Butane file's own names. */
  readonly path: Path;
  /** Of the value; of its nearest enclosing value that is written down, if it is not; of the key for an unused key. */
  readonly at: Position;
  readonly message: string;
}

/** What was found so far, in the order it was found. Paths are those of the Butane file. */
export class Report {
  readonly #root: Node | undefined;
  readonly #entries: Entry[] = [];
  #errors = 0;

  /** @param root the parsed file, for the positions */
  constructor(root: Node | undefined) {
    this.#root = root;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  error(path: Path, message: string): void {
    this.add('error', path, message);
  }

  warning(path: Path, message: string): void {
    this.add('warning', path, message);
  }

  add(severity: Severity, path: Path, message: string, at: Position = positionAt(this.#root, path)): void {
    this.#entries.push({ severity, path, at, message });
    if (severity === 'error') this.#errors += 1;
  }
}

/** `error at $.storage.files.0.path, line 6 col 13: path not absolute`. */
export function entryText({ severity, path, at, message }: Entry): string {
  const place = path.length === 0 ? '' : `${pathText(path)}, `;
  return `${severity} at ${place}line ${at.line} col ${at.col}: ${message}`;
}
