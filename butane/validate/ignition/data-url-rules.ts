/** What is wrong with a `data:` URL (RFC 2397), in the words of the reader that Ignition uses; undefined if nothing. */
export function dataUrlProblem(url: string): string | undefined {
  const reader = new DataUrlReader(url);
  return reader.mediaType() ?? reader.parameters() ?? reader.data();
}

const TOKEN = /[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]/;

class DataUrlReader {
  readonly #text: string;
  #at = 'data:'.length;
  #isBase64 = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** `type/subtype`, or nothing. */
  mediaType(): string | undefined {
    if (/^[,;]/.test(this.#rest())) return undefined;
    if (this.#rest() === '') return 'missing comma before data';
    this.#token();
    if (this.#char() === '') return 'missing media type slash';
    if (this.#char() !== '/') return 'invalid character for media type';
    this.#at += 1;
    this.#token();
    if (this.#char() === '') return 'incomplete media type';
    return /[,;]/.test(this.#char()) ? undefined : 'invalid character for media subtype';
  }

  /** `;name=value` any number of times, and `;base64` at the end. Leaves the comma behind. */
  parameters(): string | undefined {
    while (this.#char() === ';') {
      this.#at += 1;
      const name = this.#token();
      const end = this.#char();
      if (end === '' || (end === ',' && name === '')) return 'unterminated parameter sequence';
      if (end === ',' && name !== 'base64') return `expected base64, got ${name}`;
      if (end === ',') this.#isBase64 = true;
      else if (end !== '=') return 'invalid character for parameter attribute';
      const problem = end === '=' ? this.#value() : undefined;
      if (problem !== undefined) return problem;
    }
    this.#at += 1;
    return undefined;
  }

  data(): string | undefined {
    const data = this.#rest();
    const characters = this.#isBase64 ? /^[A-Za-z0-9+/=]*$/ : /^[A-Za-z0-9\-_.!~*'();/?:@&=+$,%]*$/;
    if (!characters.test(data)) return 'invalid data character';
    return this.#isBase64 ? base64Problem(data) : escapeProblem(data);
  }

  #value(): string | undefined {
    this.#at += 1;
    const quoted = /^"(?:[^"\\]|\\.)*"/s.exec(this.#rest())?.[0];
    const value = quoted ?? /^[^,;]*/.exec(this.#rest())?.[0] ?? '';
    this.#at += value.length;
    if (this.#char() === '') return 'missing comma before data';
    if (quoted === undefined && !/^[A-Za-z0-9\-_.!~*'()/?:@&=+$%]*$/.test(value)) {
      return 'invalid character for parameter value';
    }
    return /[,;]/.test(this.#char()) ? escapeProblem(value) : 'invalid character for parameter value';
  }

  #token(): string {
    const start = this.#at;
    while (TOKEN.test(this.#char())) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #char(): string {
    return this.#text.charAt(this.#at);
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }
}

function escapeProblem(text: string): string | undefined {
  const [wrong] = /%(?![\da-fA-F]{2}).{0,2}/.exec(text) ?? [];
  if (wrong === undefined) return undefined;
  return wrong.length < 3
    ? 'rfc2396: unexpected end of unescape sequence'
    : 'rfc2396: invalid char 0x25 in unescape sequence';
}

/** The offset Go's decoder stops at: of padding where none may be, of what follows padding, or of an unfinished group of four. */
function base64Problem(data: string): string | undefined {
  const foreign = data.search(/[^A-Za-z0-9+/]/);
  const digits = foreign === -1 ? data.length : foreign;
  const inGroup = digits % 4;
  const group = digits - inGroup;
  if (foreign === -1) return inGroup === 0 ? undefined : corrupt(group);
  if (data.charAt(digits) !== '=' || inGroup < 2) return corrupt(digits);
  const padding = inGroup === 2 ? 2 : 1;
  if (padding === 2 && data.charAt(digits + 1) !== '=')
    return corrupt(digits + 1 === data.length ? data.length : digits);
  return digits + padding === data.length ? undefined : corrupt(digits + padding);
}

function corrupt(offset: number): string {
  return `illegal base64 data at input byte ${offset}`;
}
