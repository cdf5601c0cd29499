import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface Waiter {
  readonly pattern: RegExp;
  readonly after: number;
  resolve(match: RegExpExecArray): void;
}

/** What a node printed on its serial port since it was first switched on, across reboots and power cuts. */
export class SerialConsole {
  /** The same text with a time before each line, kept for reading after a failed test. */
  readonly file: string;
  #text = '';
  #line = '';
  #fedAt = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(file: string) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }

  /** Everything printed so far, lines ended by \n, without terminal control sequences. */
  get text(): string {
    return this.#text + this.#line;
  }

  /** Where the text ends now: give it to `waitFor` to look only at what comes later. */
  get position(): number {
    return this.#text.length;
  }

  /** The last lines, for error messages. */
  tail(lines = 25): string {
    return this.text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /**
   * Waits for the first match in whole lines; text already printed counts, from position `after` on (default: all).
   *
   * @throws Error with the console's last lines when the time is over
   */
  waitFor(
    pattern: RegExp,
    options: { readonly timeoutMs: number; readonly after?: number },
  ): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        pattern: new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')),
        after: options.after ?? 0,
        resolve: (match) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(match);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const seconds = options.timeoutMs / 1000;
        reject(
          new Error(`The console did not show ${pattern} within ${seconds} s. It ends:\n${this.tail()}`),
        );
      }, options.timeoutMs);
      this.#waiters.add(waiter);
      this.#answer(waiter);
    });
  }

  /** Whether the last thing printed was the end of a panic, and that is long enough ago that no reboot follows. */
  isDeadAfterPanic(): boolean {
    return /end Kernel panic[^\n]*\s*$/.test(this.text) && Date.now() - this.#fedAt > 60_000;
  }

  /** Takes what came from the serial port. */
  feed(chunk: string): void {
    this.#fedAt = Date.now();
    const lines = (this.#line + chunk).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
    if (lines.length > 0) for (const waiter of this.#waiters) this.#answer(waiter);
  }

  /** Notes something the harness did to the node, such as a power cut, as a line of its own. */
  note(event: string): void {
    this.feed(`${this.#line === '' ? '' : '\n'}--- ${event} ---\n`);
  }

  #add(line: string): void {
    const clean = stripVTControlCharacters(line).replaceAll('\r', '');
    this.#text += `${clean}\n`;
    appendFileSync(this.file, `${new Date().toISOString().slice(11, 23)} ${clean}\n`);
  }

  #answer(waiter: Waiter): void {
    const match = waiter.pattern.exec(this.#text.slice(waiter.after));
    if (match) waiter.resolve(match);
  }
}
