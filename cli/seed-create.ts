import type { Command } from 'commander';
import { type CreatedSeed, createSeed, planSeed } from '../builder/create-seed.ts';
import { reported } from '../builder/reported.ts';
import type { SeedRequest } from '../builder/seed-context.ts';
import { LCA_DIRECTORY } from '../core/contract/paths.ts';
import { messageOf } from '../core/errors/lca-error.ts';
import { progressLine } from '../core/sequence/progress-line.ts';
import type { PlannedStep } from '../core/sequence/run-sequence.ts';
import { command } from './command.ts';
import { CommandError } from './exit-codes.ts';
import { interruption } from './interruption.ts';
import { print, printProgress } from './output.ts';
import { seedHost } from './seed-host.ts';

interface Options {
  readonly authfile?: string;
  readonly tlsVerify?: boolean;
  readonly certDir?: string;
  readonly output?: string;
  readonly previous?: string;
  readonly seedVersion?: string;
  readonly allowPrivateKey: readonly string[];
  readonly format: string;
  readonly result?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function seedCreateCommand(): Command {
  return command('create', {
    description: `\
Makes the seed image of this node and pushes it: the booted commit, the changes of /etc, /var, and the list of the \
node's container images. Workloads are stopped while /etc and /var are saved and started again before the image is \
pushed; whatever happens, the node is left as it was. A build that was killed is made good by the next one; one that is \
still at work, in a container or for the agent too, makes the next one be refused.

What belongs to this machine stays on it: machine-id, host name, SSH host keys, network connections, authorized_keys, \
random seeds, shell histories, logs, container storage. The image has the list of what was left out. Private keys \
anywhere else in /etc or /var fail the build, which names them, unless they are allowed one by one.

The same system gives the same layers, so targets fetch only what changed since the last seed. With --previous, layers \
stay together as they were in that image.

In a container: podman run --rm --privileged --pid=host --net=host -v /:/host LCA-BUILDER lca seed create ...`,
    files: [
      [`${LCA_DIRECTORY}/seed-create/`, 'Working files, gone when the command ends.'],
      [`${LCA_DIRECTORY}/health.d/`, 'Health checks; they go into the image.'],
    ],
    examples: [
      ['lca seed create registry.example.com/seeds/edge:4.16.1', 'Makes and pushes a seed image.'],
      [
        'lca seed create --dry-run registry.example.com/seeds/edge:4.16.1',
        'Shows the steps and whether the node is fit.',
      ],
      [
        'lca seed create --output oci:/mnt/usb/seed registry.example.com/seeds/edge:4.16.1',
        'Writes it to a disk instead; push it with skopeo copy.',
      ],
    ],
    seeAlso: ['lca seed restore', 'lca prep --help'],
  })
    .argument('<pull-spec>', "the image's name in its registry")
    .option('--authfile <file>', "the registry's credentials, as podman login --authfile writes them")
    .option('--no-tls-verify', 'allow a registry without TLS or with an unknown certificate')
    .option('--cert-dir <directory>', 'certificates for the registry')
    .option('--output <oci:directory>', 'write an OCI layout there instead of pushing')
    .option('--previous <pull-spec>', 'an earlier seed image whose layers to keep together')
    .option('--seed-version <version>', "the seed's version, if not the commit's own")
    .option(
      '--allow-private-key <path>',
      'let this file, or all of this directory, hold private keys (repeatable)',
      collect,
      [],
    )
    .option('--format <number>', "the image's format", '5')
    .option('--result <file>', 'keep on record there how it goes, as the agent wants it')
    .option('--dry-run', 'show the steps and what each finds; change nothing')
    .option('--json', 'print the result for a program')
    .action(run);
}

async function run(pullSpec: string, options: Options): Promise<void> {
  const request = requestOf(pullSpec, options);
  const { host, here } = await seedHost();
  if (options.dryRun) {
    const steps = await planSeed(host, request, { here });
    print(options.json ? JSON.stringify(steps.map(plainStep), null, 2) : steps.map(stepLine).join('\n'));
    return;
  }
  const signal = interruption();
  const seed = await reported(host, options.result, () =>
    createSeed(host, request, { here, signal, observe: (event) => printProgress(progressLine(event)) }),
  );
  print(options.json ? JSON.stringify(seed, null, 2) : summaryOf(seed));
}

function requestOf(pullSpec: string, options: Options): SeedRequest {
  if (options.format !== '5') {
    throw new CommandError('usage', `Format ${options.format} cannot be written.`, {
      remedy: 'Leave --format away: lca writes format 5.',
    });
  }
  const directory = options.output?.replace(/^oci:/, '');
  if (options.output !== undefined && !/^oci:\/[^:]+$/.test(options.output)) {
    throw new CommandError('usage', `--output ${options.output} is no place to write to.`, {
      remedy: 'Write --output oci:/a/directory.',
    });
  }
  return {
    pullSpec,
    registry: {
      ...(options.authfile === undefined ? {} : { authfile: options.authfile }),
      ...(options.tlsVerify === false ? { tlsVerify: false } : {}),
      ...(options.certDir === undefined ? {} : { certDir: options.certDir }),
    },
    outputDirectory: directory,
    previous: options.previous,
    version: options.seedVersion,
    allowPrivateKeys: options.allowPrivateKey,
    ownProcess: process.pid,
  };
}

function summaryOf({
  pullSpec,
  digest,
  version,
  layers,
  bytes,
  unpackedBytes,
  leftOut,
}: CreatedSeed): string {
  const mib = (size: number): string => `${(size / 1024 / 1024).toFixed(1)} MiB`;
  return [
    `Seed ${version} is ready: ${pullSpec}`,
    `  digest ${digest}`,
    `  ${layers} layers, ${mib(bytes)} to fetch, ${mib(unpackedBytes)} on disk; ${leftOut.length} kinds of things left out`,
  ].join('\n');
}

function plainStep({ name, summary, answer, error }: PlannedStep): object {
  return { name, summary, ...answer, ...(error === undefined ? {} : { error: messageOf(error) }) };
}

function stepLine({ name, summary, answer, error }: PlannedStep, index: number): string {
  const says = error === undefined ? (answer?.because ?? '') : `cannot: ${messageOf(error)}`;
  return `${String(index + 1).padStart(2)}. ${name.padEnd(16)} ${summary}\n    ${says}`;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
