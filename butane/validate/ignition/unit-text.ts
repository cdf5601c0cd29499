/** What validation wants to know of a unit file. */
export interface UnitText {
  readonly problem: string | undefined;
  /** Whether there is an option in a section [Install]. */
  readonly hasInstall: boolean;
}

/** systemd's LINE_MAX. */
const LONGEST_LINE = 2048;

/** Reads a unit file as Ignition does, which is more forgiving than systemd: text before the first section is passed over. */
export function readUnit(text: string): UnitText {
  const reader = new UnitReader(text);
  return { problem: reader.read(), hasInstall: reader.hasInstall };
}

class UnitReader {
  readonly #text: string;
  #at = 0;
  #section: string | undefined;
  hasInstall = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first problem; undefined if there is none. */
  read(): string | undefined {
    while (this.#at < this.#text.length) {
      if (this.#at > 0 && this.#lineIsTooLong()) return `line too long (max ${LONGEST_LINE} bytes)`;
      const problem = this.#step();
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #step(): string | undefined {
    const char = this.#text.charAt(this.#at);
    if (char === '[') return this.#readSection();
    if (char === '#' || char === ';') return this.#skipLine();
    if (this.#section === undefined || /\s/.test(char)) {
      this.#at += 1;
      return undefined;
    }
    return this.#readOption();
  }

  #readSection(): string | undefined {
    const end = this.#text.indexOf(']', this.#at);
    if (end === -1) return 'unable to find end of section';
    const name = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    // The name in the message is that of a field not yet filled: always empty.
    const rest = this.#line().trim();
    if (rest !== '') return `found garbage after section name : ${JSON.stringify(rest)}`;
    this.#section = name;
    return undefined;
  }

  #skipLine(): undefined {
    while (this.#line().replace(/ $/, '').endsWith('\\'));
  }

  #readOption(): string | undefined {
    const rest = this.#text.slice(this.#at);
    const [name = ''] = /^[^=\r\n]*/.exec(rest) ?? [];
    this.#at += name.length;
    if (this.#at === this.#text.length) return 'EOF';
    if (this.#text.charAt(this.#at) !== '=')
      return 'unexpected newline encountered while parsing option name';
    this.#at += 1;
    while (this.#line().endsWith('\\'));
    if (this.#section === 'Install') this.hasInstall = true;
    return undefined;
  }

  /** The rest of the line; goes to the next one. */
  #line(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at = end === -1 ? this.#text.length : end + 1;
    return line.replace(/\r$/, '');
  }

  #lineIsTooLong(): boolean {
    const next = this.#text.slice(this.#at, this.#at + LONGEST_LINE);
    return next.length === LONGEST_LINE && !/[\r\n]/.test(next);
  }
}
