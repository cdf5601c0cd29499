import type { Command } from 'commander';
import { RealHost } from '../core/host/real-host.ts';
import {
  type Installed,
  install,
  PROGRAM_PATH,
  reloadUnits,
  UNIT_DIRECTORY,
} from '../core/install/install.ts';
import { command, outputOption } from './command.ts';
import { type OutputFormat, printProgress, printResult } from './output.ts';
import { executablePath, unitFiles } from './program-files.ts';

interface InstallOptions {
  readonly root: string;
  readonly program?: string;
  readonly output?: OutputFormat;
}

export function installCommand(): Command {
  return command('install', {
    description: `\
Copies this program and its systemd units onto a node and enables the units. Run it on the node itself, or with --root \
on a tree that will become one: an image being built, a mounted disk.

Files that are already as they should be stay untouched, so the command may be run again at any time, also to replace \
an older lca. Nothing is started; the agent starts with the next boot, or with "systemctl start lca-agent".`,
    files: [
      [
        PROGRAM_PATH,
        'The program. On ostree systems /usr/local leads to /var/usrlocal, which each stateroot has for itself.',
      ],
      [`${UNIT_DIRECTORY}/lca-agent.service`, 'The agent: does what /var/lib/lca/ibu.yaml asks for.'],
      [`${UNIT_DIRECTORY}/lca-boot.service`, 'The first boot of a new system.'],
      [`${UNIT_DIRECTORY}/lca-watchdog.service`, 'The deadline of a new system.'],
      [
        `${UNIT_DIRECTORY}/lca-fallback.service`,
        'Returns to the old system when lca cannot even start in the new one.',
      ],
      ['/var/lib/lca', 'Everything that lca is told and tells.'],
    ],
    examples: [
      ['lca install', 'Installs this very program on the node it runs on.'],
      ['lca install --root /mnt/image', 'Installs it in a tree.'],
      ['systemctl start lca-agent', 'Starts the agent without a reboot.'],
    ],
    seeAlso: ['lca status --help'],
  })
    .option('--root <directory>', 'install in this tree', '/')
    .option('--program <file>', 'install this executable instead of the running one')
    .addOption(outputOption())
    .action(run);
}

async function run(options: InstallOptions): Promise<void> {
  const host = new RealHost({ root: options.root });
  const machine = new RealHost();
  const program = options.program ?? (await executablePath());
  const done = await install(host, {
    openProgram: () => machine.openRead(program),
    units: await unitFiles(),
  });
  if (options.root === '/' && (await reloadUnits(host))) printProgress('systemd knows the units.');
  printResult(done, options.output, listOf);
}

function listOf(done: readonly Installed[]): string {
  const changed = done.filter(({ change }) => change !== 'unchanged');
  if (changed.length === 0) return 'Everything is in place already.';
  return changed.map(({ path, change }) => `${change.padEnd(8)}${path}`).join('\n');
}
