// Reads the Test Anything Protocol as ava prints it.

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

const RESULT = /^(not )?ok \d+ - (.*)$/;
const FRAME = /^(TAP version \d+|1\.\.\d+|# (tests|pass|fail|skip) \d+|\s*)$/;

/** Counts results as they come and hands on, line by line, what a person wants to see. */
export class TapReader {
  /** @type {Tally} */
  tally = { passed: 0, failed: 0, skipped: 0 };
  /** Titles of the tests that failed, without the name of their file. @type {string[]} */
  failed = [];
  #rest = '';
  /** @type {(line: string) => void} */
  #show;

  /** @param {(line: string) => void} show */
  constructor(show) {
    this.#show = show;
  }

  /** @param {string} text any piece of the output */
  read(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end() {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  /** @param {string} line */
  #line(line) {
    if (FRAME.test(line)) return;
    const [, not, title] = RESULT.exec(line) ?? [];
    if (title === undefined) return this.#show(line);
    if (not) {
      this.tally.failed += 1;
      this.failed.push(title.split(' › ').at(-1) ?? title);
    } else if (title.endsWith('# SKIP')) this.tally.skipped += 1;
    else this.tally.passed += 1;
    this.#show(`${not ? 'not ok' : 'ok'} ${title}`);
  }
}
