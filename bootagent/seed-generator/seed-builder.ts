import type { Argv, Host } from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';
import { isActive } from '../../core/tools/systemctl.ts';
import { SeedGenError } from './seedgen-error.ts';

/** What the builder is told: paths and names, never a secret. */
export interface SeedOrder {
  /** Where to push. */
  readonly seedImage: string;
  /** A registry auth file. */
  readonly authFile: string;
  /** Where the builder leaves on record how it goes; see core/contract/seed-result.ts. */
  readonly resultPath: string;
}

/** Who makes the seed: a process of its own, which goes on while the agent is restarted or the API is away. */
export interface SeedBuilder {
  /** Starts it, and returns once it is running. */
  start(order: SeedOrder): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Makes good what a builder that was killed has left. @throws SeedGenError `not-restored`, or HostError */
  restore(): Promise<void>;
}

export const BUILDER_UNIT = 'lca-generate-seed-image.service';
const START_MS = 5 * 60_000;
const RESTORE_MS = 60 * 60_000;

/**
 * Runs `lca seed create` as a transient unit: the same program as the agent's, so that no image of a builder has to be
 * on the node, and in no container whose runtime is stopped for the snapshot. The unit's name is upstream's.
 *
 * @param program the words that start lca
 */
export function systemdSeedBuilder(host: Host, program: Argv): SeedBuilder {
  return {
    async start({ seedImage, authFile, resultPath }) {
      const unit = [
        '--collect', // a unit that failed would stand in the way of the next
        `--unit=${BUILDER_UNIT}`,
        '--description=Seed image of this node, for a SeedGenerator',
        '--property=Type=exec', // a program that cannot be run is an error here
        '--property=KillMode=mixed', // the programs it drives are ended by lca, in order
        '--property=TimeoutStopSec=10min', // it puts the node in order first
        '--setenv=HOME=/root',
      ];
      const create = ['seed', 'create', '--authfile', authFile, '--result', resultPath, seedImage];
      await host.run(['systemd-run', ...unit, '--', ...program, ...create], {
        description: 'start the builder of the seed image',
        timeoutMs: START_MS,
      });
    },

    isRunning: () => isActive(host, BUILDER_UNIT),

    async restore() {
      try {
        await host.run([...program, 'seed', 'restore'], {
          description: 'make good what a killed builder has left',
          timeoutMs: RESTORE_MS,
        });
      } catch (error) {
        throw error instanceof HostError ? (saidBy(error) ?? error) : error;
      }
    },
  };
}

/** What lca itself has said last, as a command says it. */
function saidBy(cause: HostError): SeedGenError | undefined {
  const message = cause.stderr.match(/^lca: (.+)$/m)?.[1];
  const remedy = cause.stderr.match(/^ +remedy: (.+)$/m)?.[1];
  if (message === undefined) return undefined;
  return new SeedGenError('not-restored', message, { cause, ...(remedy === undefined ? {} : { remedy }) });
}
