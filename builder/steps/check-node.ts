import { dirname, join } from 'node:path';
import { containersPartitionRemedy } from '../../core/containers-partition/suggestion.ts';
import { PIVOT_PATH } from '../../core/contract/paths.ts';
import type { Host } from '../../core/host/host.ts';
import { CONTAINER_STORAGE, containerStorageMount } from '../../core/platform/container-storage.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import { treeSize } from '../../core/tools/copy.ts';
import { BuilderError } from '../builder-error.ts';
import { ownContainer, unrestartableContainers } from '../own-container.ts';
import type { SeedContext } from '../seed-context.ts';

/** A system mostly shrinks to less than half; the rest is for what is already compressed. */
const COMPRESSED_SHARE = 0.6;
const RESERVE = 256 * 1024 * 1024;

/** Refuses a node that no seed can be made of, before anything is touched. */
export const checkNode: Step<SeedContext> = {
  name: 'check-node',
  summary: 'Check that a seed can be made of this node',

  async check(context) {
    const commit = context.node.commit.slice(0, 12);
    await examine(context);
    return {
      done: context.findings.isFit === true,
      because: `the node is fit: it runs commit ${commit} of stateroot ${context.node.stateroot}`,
    };
  },

  async apply({ host, findings }) {
    findings.exclusions = (await nodePlatform(host)).exclusions;
    findings.isFit = true; // the check has thrown if it is not
  },
};

async function examine(context: SeedContext): Promise<void> {
  const { host } = context;
  if ((await host.stat(PIVOT_PATH)) !== undefined) {
    throw new BuilderError('pivot-pending', `An upgrade of this node is under way: ${PIVOT_PATH} exists.`, {
      remedy: 'Finish it (lca idle), then make the seed.',
    });
  }
  if ((await containerStorageMount(host)) === undefined) {
    throw new BuilderError(
      'no-container-partition',
      `${CONTAINER_STORAGE} is not on a partition of its own.`,
      { remedy: await containersPartitionRemedy(host) },
    );
  }
  await checkImageDirectory(host);
  if (context.findings.isFit === true) return; // what follows takes longer, and cannot change in between
  await checkOutput(context);
  await checkContainers(context);
  await checkSpace(context);
}

/** A store of its own in each stateroot would be empty in the new one. */
async function checkImageDirectory(host: Host): Promise<void> {
  const directory = await (await nodePlatform(host)).imageDirectory(host);
  if (directory === CONTAINER_STORAGE || directory.startsWith(`${CONTAINER_STORAGE}/`)) return;
  throw new BuilderError(
    'no-container-partition',
    `The container runtime keeps its images in ${directory}, which stateroots do not share.`,
    {
      remedy: `Move them below ${CONTAINER_STORAGE}: for containerd, set root in /etc/containerd/config.toml.`,
    },
  );
}

/** A directory that is no image is never emptied. */
async function checkOutput({ host, request: { outputDirectory } }: SeedContext): Promise<void> {
  if (outputDirectory === undefined) return;
  const names = await host.list(outputDirectory);
  if (names.length === 0 || names.includes('oci-layout')) return;
  throw new BuilderError('bad-output', `${outputDirectory} holds other things than an image.`, {
    remedy: 'Name an empty or a new directory with --output oci:DIRECTORY.',
  });
}

/** A container that is removed when it stops could not be started again. */
async function checkContainers({ host, request }: SeedContext): Promise<void> {
  const platform = await nodePlatform(host);
  if ((await platform.runningWorkloads(host)).length === 0) return;
  const own = await ownContainer(host, request.ownProcess);
  const lost = (await unrestartableContainers(host)).filter((name) => own?.names.includes(name) !== true);
  if (lost.length === 0) return;
  throw new BuilderError(
    'unrestartable-container',
    `Stopping these containers would remove them (podman run --rm): ${lost.join(', ')}.`,
    {
      remedy: 'Stop them yourself first, or run them from a systemd unit.',
    },
  );
}

async function checkSpace({ host, node, layout }: SeedContext): Promise<void> {
  const system = await treeSize(host, host.machinePath(node.deployment));
  const data = await treeSize(host, host.machinePath(join(node.varParent, 'var')));
  const needed = Math.round((system + data) * COMPRESSED_SHARE) + RESERVE;
  const place = await nearestDirectory(host, layout);
  const { availableBytes } = await host.usage(place);
  if (availableBytes >= needed) return;
  const mib = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
  throw new BuilderError(
    'no-space',
    `Too little room for the image in ${place}: ${mib(availableBytes)} MiB free, about ${mib(needed)} MiB needed.`,
    {
      remedy: 'Make room, or write the image to another filesystem with --output oci:DIRECTORY.',
    },
  );
}

async function nearestDirectory(host: Host, path: string): Promise<string> {
  let here = path;
  while ((await host.stat(here)) === undefined) here = dirname(here);
  return here;
}
