/** A program's flags by name, without dashes; one without a value is `true`. The last of several wins. */
export type Flags = ReadonlyMap<string, string>;

/** Reads `--name=value`, `--name value` and `--name`; what is no flag is passed over. */
export function readFlags(argv: readonly string[]): Flags {
  const flags = new Map<string, string>();
  for (const [index, word] of argv.entries()) {
    const match = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(word);
    const [, name, value] = match ?? [];
    if (name === undefined) continue;
    const next = argv[index + 1];
    flags.set(name, value ?? (next === undefined || next.startsWith('-') ? 'true' : next));
  }
  return flags;
}

/** The items of a flag that takes a comma-separated list. */
export function listFlag(flags: Flags, name: string): readonly string[] {
  return (flags.get(name) ?? '').split(',').filter((item) => item !== '');
}
