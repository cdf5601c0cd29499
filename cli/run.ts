import { Command, CommanderError } from 'commander';
import { messageOf } from '../core/errors/lca-error.ts';
import { forgetCarriedLibraries } from './carried-libraries.ts';
import { command, inStyle } from './command.ts';
import { COMMANDS, type Entry, GROUPS } from './commands.ts';
import { errorText } from './error-text.ts';
import { CommandError, EXIT, exitCodeOf } from './exit-codes.ts';
import { interruptedExitCode, isInterruption } from './interruption.ts';
import { survivesClosedOutput } from './output.ts';
import { versionText } from './version.ts';

const DESCRIPTION = `\
lca upgrades a single node by replacing its system with the image of another node, the seed, and goes back by itself \
when the new system does not prove healthy.

On the seed node, "lca seed create" makes the image. On the target node the agent does what /var/lib/lca/ibu.yaml asks \
for; the other commands edit that file, or show what came of it. Every command has a manual: lca <command> --help.`;

const EXAMPLES = [['lca install', 'Puts lca on this node.']] as const;

/**
 * Runs the command that the arguments name, and sets the process's exit code; it does not throw.
 *
 * @param given what follows the program's name on the command line
 */
export async function run(given: readonly string[]): Promise<void> {
  const args = plainArguments(given);
  forgetCarriedLibraries(process.env);
  survivesClosedOutput();
  try {
    const program = await programFor(args);
    if (args.length === 0)
      throw new CommandError('usage', 'Say which command.', { remedy: 'See lca --help.' });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = interruptedExitCode() ?? exitCodeOf(error);
    if (isInterruption(error)) {
      process.stderr.write(`lca: ${messageOf(error)}\n`);
      return;
    }
    // --help and --version end this way, and a word that only leads to further commands: all is said already
    if (exitCodeOf(error) === EXIT.ok || (error instanceof CommanderError && error.code === 'commander.help'))
      return;
    const stacks = (process.env['LCA_DEBUG'] ?? '') !== '';
    process.stderr.write(
      errorText(error instanceof CommanderError ? usageError(error, args) : error, { stacks }),
    );
  }
}

/** The whole command line, with only the commands loaded that the arguments name. */
async function programFor(args: readonly string[]): Promise<Command> {
  const program = command('lca', { description: DESCRIPTION, examples: EXAMPLES }).summary(
    'image-based upgrade of a single node',
  );
  program.version(versionText(), '-V, --version', 'show the version').usage('<command> [options]');
  const named = words(args).join(' ');
  for (const entry of COMMANDS) {
    const parts = entry.name.split(' ');
    const parent = parts.length === 1 ? program : groupOf(program, parts[0] ?? '');
    const isNamed = named === entry.name || named.startsWith(`${entry.name} `);
    parent.addCommand(isNamed ? (await entry.load()).summary(entry.summary) : placeholder(entry));
  }
  return program;
}

function groupOf(program: Command, name: string): Command {
  const found = program.commands.find((sub) => sub.name() === name);
  if (found) return found;
  const summary = GROUPS[name] ?? '';
  const made = inStyle(new Command(name).summary(summary).usage('<command> [options]'));
  program.addCommand(made);
  return made;
}

function placeholder({ name, summary }: Entry): Command {
  return inStyle(new Command(name.split(' ').at(-1)).summary(summary));
}

/** `lca help status` is `lca status --help`. */
function plainArguments(args: readonly string[]): readonly string[] {
  return args[0] === 'help' ? [...args.slice(1), '--help'] : args;
}

/** The leading words: the command, and perhaps arguments of it. */
function words(args: readonly string[]): readonly string[] {
  const end = args.findIndex((arg) => arg.startsWith('-'));
  return end === -1 ? args : args.slice(0, end);
}

function usageError(error: CommanderError, args: readonly string[]): CommandError {
  const entry = COMMANDS.find(({ name }) => `${words(args).join(' ')} `.startsWith(`${name} `));
  const [sentence = '', hint] = error.message.replace(/^error: /, '').split('\n');
  const message = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  const remedy = `${hint ? `${hint.replace(/^\(|\)$/g, '')} ` : ''}See lca ${entry ? `${entry.name} ` : ''}--help.`;
  return new CommandError('usage', /[.!?]$/.test(message) ? message : `${message}.`, { remedy });
}
