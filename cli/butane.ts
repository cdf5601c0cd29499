import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { containersPartitionText, FORMS, type Form } from '../butane/containers-partition.ts';
import { loadLocalFiles } from '../butane/files/load-local-files.ts';
import { ButaneError, type Entry, entryText, type Translation, translate } from '../butane/index.ts';
import { checkContainersPartition, LABELS } from '../core/containers-partition/containers-partition.ts';
import { RealHost } from '../core/host/real-host.ts';
import { command } from './command.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { print, printProgress } from './output.ts';

const DESCRIPTION = `\
Translates a Butane config to an Ignition config (variant fcos) or to a MachineConfig (variant openshift), with the \
same defaults, warnings and errors as the program butane. Without a file, or with "-", it is read from standard input.

Warnings and errors go to standard error, each with the path of the field and its line and column.

"lca butane containers-partition" writes the config for the partition that both systems of a node share for \
/var/lib/containers.`;

interface Options {
  readonly strict?: boolean;
  readonly check?: boolean;
  readonly pretty?: boolean;
  readonly raw?: boolean;
  readonly filesDir?: string;
  readonly output?: string;
}

export function butaneCommand(): Command {
  return command('butane', {
    description: DESCRIPTION,
    examples: [
      [
        'lca butane --strict storage.bu',
        'Prints the Ignition config, or fails if there is anything to warn of.',
      ],
      ['lca butane --raw -d files -o node.ign node.bu', 'Writes the Ignition config of an openshift file.'],
    ],
    seeAlso: ['lca butane containers-partition --help'],
  })
    .argument('[file]', 'the Butane config', '-')
    .option('-s, --strict', 'fail on any warning')
    .option('-c, --check', 'check only, print no config')
    .option('-p, --pretty', 'print the JSON indented by two spaces')
    .option('-r, --raw', 'print an Ignition config for variant openshift too')
    .option('-d, --files-dir <directory>', 'what local files and trees are relative to')
    .option('-o, --output <file>', 'write the config there instead of printing it')
    .addCommand(containersPartitionCommand())
    .action((file: string, options: Options) => butane(file, options));
}

async function butane(file: string, options: Options): Promise<void> {
  const host = new RealHost();
  const source = file === '-' ? await readAll(process.stdin) : await readFile(host, file);
  const translation = await attempt(source, options, host);
  if (translation === undefined) return;
  if (options.strict === true && translation.report.length > 0) {
    return fail('Config produced warnings and --strict was specified');
  }
  if (options.check === true) return;
  if (options.output === undefined) print(translation.output);
  else await host.writeAtomic(resolve(options.output), `${translation.output}\n`);
}

/** The translation, with everything said of it on standard error; undefined, and the end prepared, if there is none. */
async function attempt(source: string, options: Options, host: RealHost): Promise<Translation | undefined> {
  const { filesDir, pretty = false, raw = false } = options;
  try {
    const files =
      filesDir === undefined
        ? {}
        : { files: await loadLocalFiles(source, { host, directory: filesDir, base: process.cwd() }) };
    const translation = translate(source, { pretty, raw, ...files });
    sayAll(translation.report);
    return translation;
  } catch (error) {
    if (!(error instanceof ButaneError)) throw error;
    sayAll(error.report);
    fail(`Error translating config: ${error.message}`);
    return undefined;
  }
}

function sayAll(report: readonly Entry[]): void {
  for (const entry of report) printProgress(entryText(entry));
}

/** Ends as the reference implementation does: its own words, exit code 1. */
function fail(message: string): void {
  printProgress(message);
  process.exitCode = EXIT.failed;
}

async function readFile(host: RealHost, file: string): Promise<string> {
  const bytes = await host.readBytes(resolve(file));
  if (bytes === undefined) throw new CommandError('failed', `There is no file ${file}.`);
  return new TextDecoder().decode(bytes);
}

interface PartitionOptions {
  readonly device: string;
  readonly startMib: string;
  readonly sizeMib: string;
  readonly diskMib?: string;
  readonly label?: string;
  readonly as: string;
}

const PARTITION_DESCRIPTION = `\
Writes the config for the partition of /var/lib/containers, which seed and target need from their installation on, in \
the form that the installation takes: a Butane file, an Ignition config, the line ignitionConfigOverride of a \
SiteConfig's node, or a MachineConfig.

Values with which the installation would fail are refused, and doubtful ones are warned of. The partition's label decides what the partition is mounted \
from, and a seed image fits only targets whose label is the same.`;

function containersPartitionCommand(): Command {
  return command('containers-partition', {
    description: PARTITION_DESCRIPTION,
    examples: [
      [
        'lca butane containers-partition --device /dev/disk/by-id/wwn-0x6b07b250ebb9d0002a33509f24af1f62 --start-mib 250000 --size-mib 0 --as ignition-override',
        'Writes the line to be put under spec.clusters[].nodes[].',
      ],
    ],
  })
    .summary('write the config for the partition of /var/lib/containers')
    .requiredOption(
      '--device <disk>',
      'the disk the system is installed on, by a name that stays: /dev/disk/by-id/…',
    )
    .requiredOption(
      '--start-mib <number>',
      'where the partition starts; root grows up to there; 25000 or more is recommended',
    )
    .requiredOption('--size-mib <number>', 'its size; 0: the rest of the disk')
    .option('--disk-mib <number>', 'the size of the disk, to check against')
    .option(
      '--label <label>',
      `its label (default: ${LABELS.ztp}; as a MachineConfig ${LABELS.machineConfig})`,
    )
    .option('--as <form>', FORMS.join(', '), 'butane')
    .action((options: PartitionOptions) => containersPartition(options));
}

function containersPartition(options: PartitionOptions): void {
  const form = FORMS.find((known) => known === options.as);
  if (form === undefined) {
    throw new CommandError('usage', `--as must be one of ${FORMS.join(', ')}, not ${options.as}.`);
  }
  const partition = {
    device: options.device,
    startMib: mebibytes('--start-mib', options.startMib),
    sizeMib: mebibytes('--size-mib', options.sizeMib),
    label: options.label ?? defaultLabel(form),
  };
  const diskMib = options.diskMib === undefined ? undefined : mebibytes('--disk-mib', options.diskMib);
  for (const doubt of checkContainersPartition(partition, diskMib)) printProgress(`warning: ${doubt}`);
  print(containersPartitionText(partition, form).trimEnd());
}

function defaultLabel(form: Form): string {
  return form === 'machineconfig' ? LABELS.machineConfig : LABELS.ztp;
}

function mebibytes(option: string, value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new CommandError('usage', `${option} must be a whole number of mebibytes, not ${value}.`);
}
