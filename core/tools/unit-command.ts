import type { Host } from '../host/host.ts';

/** Where systemd looks for unit files, the first that has one wins (systemd.unit(5)). */
const UNIT_DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
] as const;

/** The unit's file; undefined if there is none. Needs no running systemd. */
export async function unitFile(host: Host, unit: string): Promise<string | undefined> {
  for (const directory of UNIT_DIRECTORIES) {
    const path = `${directory}/${unit}`;
    if ((await host.stat(path)) !== undefined) return path;
  }
  return undefined;
}

/** What a service runs. */
export interface UnitCommand {
  /** The program and its arguments, variables replaced; empty if the unit has no ExecStart. */
  readonly argv: readonly string[];
  /** `Environment=` and the environment files, in systemd's order. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The command line of a service, drop-ins included, with `$NAME` and `${NAME}` replaced as systemd does it
 * (systemd.service(5), COMMAND LINES). It need not be running.
 */
export async function unitCommand(host: Host, unit: string): Promise<UnitCommand> {
  const { stdout } = await host.run(
    ['systemctl', 'show', '--property=ExecStart,Environment,EnvironmentFiles', unit],
    { description: `read the command line of ${unit}`, timeoutMs: 60_000 },
  );
  const environment: Record<string, string> = {};
  let line = '';
  for (const property of stdout.split('\n')) {
    const at = property.indexOf('=');
    const [name, value] = [property.slice(0, at), property.slice(at + 1)];
    if (name === 'Environment') Object.assign(environment, assignments(words(value)));
    else if (name === 'EnvironmentFiles')
      Object.assign(environment, fileAssignments((await host.readText(environmentFile(value))) ?? ''));
    else if (name === 'ExecStart')
      line = /argv\[\]=(.*?) ; (?:flags|ignore_errors)=/.exec(value)?.[1] ?? line;
  }
  return { argv: line.split(' ').flatMap((word) => replaced(word, environment)), environment };
}

/** The environment files of a service, in systemd's order. */
export async function environmentFiles(host: Host, unit: string): Promise<readonly string[]> {
  const { stdout } = await host.run(['systemctl', 'show', '--property=EnvironmentFiles', unit], {
    description: `ask for the environment files of ${unit}`,
    timeoutMs: 60_000,
  });
  return stdout
    .split('\n')
    .filter((property) => property.startsWith('EnvironmentFiles='))
    .map((property) => environmentFile(property.slice('EnvironmentFiles='.length)));
}

function environmentFile(property: string): string {
  return property.replace(/ \(ignore_errors=(yes|no)\)$/, '');
}

/** `$NAME` as a word of its own becomes several words, `${NAME}` never does. */
function replaced(word: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const own = /^\$(\w+)$/.exec(word)?.[1];
  if (own !== undefined) return words(environment[own] ?? '');
  const text = word.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => environment[name] ?? '');
  return text === '' ? [] : [text];
}

/** Words of a text, quoted ones without their quotes. */
function words(text: string): readonly string[] {
  return [...text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']))+/g)].map(([word]) =>
    word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

function assignments(pairs: readonly string[]): Readonly<Record<string, string>> {
  const found = pairs.map((pair) => /^(\w+)=(.*)$/s.exec(pair)).filter((match) => match !== null);
  return Object.fromEntries(found.map(([, name, value]) => [name as string, value as string]));
}

/** Lines `NAME=value`, perhaps in quotes; `#` and `;` begin comments (systemd.exec(5), EnvironmentFile). */
function fileAssignments(text: string): Readonly<Record<string, string>> {
  const lines = text
    .replaceAll('\\\n', '')
    .split('\n')
    .map((line) => line.trim());
  return assignments(
    lines
      .filter((line) => /^\w+=/.test(line))
      .map((line) => line.replace(/^(\w+=)(["'])(.*)\2$/s, (_, name, _quote, value) => `${name}${value}`)),
  );
}
