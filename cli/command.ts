import { Command, Help, Option } from 'commander';
import { type Ending, EXIT, EXIT_STATUS } from './exit-codes.ts';

/** What a command's manual says beyond its arguments and options. */
export interface Manual {
  /** Paragraphs; an empty line between two. They are wrapped to the terminal, except lines that start with a space. */
  readonly description: string;
  readonly files?: readonly (readonly [path: string, what: string])[];
  /** The exit codes the command can end with besides 0, 1 and 2. */
  readonly endings?: readonly Ending[];
  /** The exit codes, where they are not those of other commands. */
  readonly exitStatus?: readonly (readonly [code: string, what: string])[];
  readonly examples?: readonly (readonly [command: string, what: string])[];
  readonly seeAlso?: readonly string[];
}

const MANUALS = new WeakMap<Command, Manual>();
const INDENT = 7;
const WIDEST = 100;

/**
 * A subcommand whose `--help` is a manual page. Every file in cli/ that holds one exports it as
 * `xCommand(): Command` and gives it arguments, options and an action; commands.ts names and sums it up.
 *
 * @param name the last word of what the user types: `create` for `lca seed create`
 */
export function command(name: string, manual: Manual): Command {
  const made = inStyle(new Command(name));
  MANUALS.set(made, manual);
  return made;
}

/** `-o, --output FORMAT`: for a person unless told otherwise. See output.ts. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'print the data for a program instead').choices([
    'json',
    'yaml',
  ]);
}

/** Gives a command the house's help and errors: nothing is printed or ended behind main's back. */
export function inStyle(made: Command): Command {
  return made
    .exitOverride()
    .helpOption('-h, --help', 'show this manual')
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ formatHelp: manualPage });
}

function manualPage(this: Help, made: Command): string {
  const manual = MANUALS.get(made);
  const width = Math.min(process.stdout.columns ?? 80, WIDEST);
  const wrap = (text: string): string => wrapped(text, width);
  const help = new Help();
  const table = (rows: readonly (readonly [string, string])[]): string =>
    rows
      .map(([term, what]) => `${' '.repeat(INDENT)}${term}\n${wrapped(what, width, INDENT + 6)}`)
      .join('\n\n');
  const name = help.commandUsage(made).replace(/ \[options\].*| <.*/, '');
  const sections: (readonly [string, string])[] = [
    ['NAME', wrap(`${name} - ${made.summary()}`)],
    ['SYNOPSIS', wrap(help.commandUsage(made))],
    ['DESCRIPTION', manual ? wrap(manual.description) : wrap(made.description())],
    ['COMMANDS', commandList(help, made)],
    [
      'ARGUMENTS',
      table(help.visibleArguments(made).map((a) => [help.argumentTerm(a), help.argumentDescription(a)])),
    ],
    [
      'OPTIONS',
      table(
        help
          .visibleOptions(made)
          .map((o) => [help.optionTerm(o), help.optionDescription(o).replace(' (default: [])', '')]),
      ),
    ],
    ['FILES', table(manual?.files ?? [])],
    ['EXIT STATUS', manual ? table(exitStatus(manual)) : ''],
    ['EXAMPLES', table(manual?.examples ?? [])],
    ['SEE ALSO', wrap((manual?.seeAlso ?? []).join(', '))],
  ];
  return sections
    .filter(([, text]) => text.trim() !== '')
    .map(([title, text]) => `${title}\n${text}\n`)
    .join('\n');
}

function commandList(help: Help, made: Command): string {
  const commands = help.visibleCommands(made).filter((sub) => sub.name() !== 'help');
  const names = commands.map((sub) => sub.name().length);
  const column = Math.max(0, ...names) + 2;
  return commands
    .map((sub) => `${' '.repeat(INDENT)}${sub.name().padEnd(column)}${sub.summary()}`)
    .join('\n');
}

function exitStatus({ endings = [], exitStatus: own }: Manual): readonly (readonly [string, string])[] {
  if (own !== undefined) return own;
  const possible: readonly Ending[] = ['ok', 'failed', 'usage', ...endings];
  return [...new Set(possible)].map((ending) => [String(EXIT[ending]), EXIT_STATUS[ending]]);
}

/** Text indented and broken at spaces; lines that start with a space are kept as they are. */
function wrapped(text: string, width: number, indent = INDENT): string {
  const room = Math.max(width - indent, 20);
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : broken(line, room)))
    .map((line) => (line === '' ? '' : ' '.repeat(indent) + line))
    .join('\n');
}

function broken(line: string, room: number): readonly string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
