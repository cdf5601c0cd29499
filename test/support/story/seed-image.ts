import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { behaviourOfExecutable } from '../../../images/agent/build.ts';
import { builderArchive } from '../../../images/builder/build.ts';
import { testHostDisk } from '../../../images/test-host/build.ts';
import { cached, digest } from '../../../images/test-host/cache.ts';
import { workloadArchive } from '../../../images/test-host/workload.ts';
import { RegistryFront } from '../registry-front.ts';
import type { VmNode } from '../vm/node.ts';
import { lcaBinary } from './lca-binary.ts';
import { nodeWithLca } from './nodes.ts';

export const SEED_VERSION = '2.0.0';
/** As nodes name it. */
export const SEED_IMAGE = `registry.test:5000/seed:${SEED_VERSION}`;

/** A workload that the whole fleet runs: it comes with the seed, image and all. */
const FLEET_UNIT = `[Container]
Image=registry.test:5000/workload:2
Network=host
Environment=PORT=8082

[Install]
WantedBy=multi-user.target
`;

/** A registry on this machine with the images that nodes need. */
export async function registryWithWorkloads(directory: string): Promise<RegistryFront> {
  const front = await RegistryFront.start({ directory });
  for (const version of ['1', '2'] as const) {
    await front.push(`oci-archive:${await workloadArchive(version)}`, `workload:${version}`);
  }
  return front;
}

/** How nodes reach the registry. */
export function forwardsTo(front: RegistryFront): { readonly guest: string; readonly hostPort: number }[] {
  return [{ guest: '10.0.2.100:5000', hostPort: front.port }];
}

/** Gives a seed node what a fleet has in common, and traces of its own that must not travel. */
export async function dressSeed(seed: VmNode): Promise<void> {
  await seed.writeFile('/etc/containers/systemd/fleet.container', FLEET_UNIT);
  await seed.writeFile('/etc/fleet.conf', 'colour = blue\n');
  await seed.writeFile('/etc/name with spaces\nand a newline.conf', 'odd\n');
  await seed.writeFile('/var/lib/fleet/model.bin', 'weights\n');
  await seed.writeFile('/var/roothome/.bash_history', 'export PASSWORD=hunter2\n');
  await seed.sh('rm -f /etc/test-host-default.conf; podman pull -q registry.test:5000/workload:2', {
    timeoutMs: 300_000,
  });
  await seed.sh('systemctl daemon-reload && systemctl start fleet.service', { timeoutMs: 300_000 });
}

/** Makes and pushes the seed image with the builder's container, as the documentation says. */
export async function buildSeed(seed: VmNode, front: RegistryFront): Promise<string> {
  await front.push(`oci-archive:${await builderArchive(await lcaBinary())}`, 'lca-builder:test');
  await seed.sh('podman pull -q registry.test:5000/lca-builder:test', { timeoutMs: 600_000 });
  const run =
    'podman run --rm --privileged --pid=host --net=host -v /:/host registry.test:5000/lca-builder:test';
  return seed.sh(`${run} lca seed create --no-tls-verify ${SEED_IMAGE} 2>&1`, { timeoutMs: 1_800_000 });
}

/** The seed image as an OCI layout, made once on a real seed node and kept. */
export async function seedLayout(): Promise<string> {
  const key = await digest(
    [await testHostDisk('seed', 'grub'), await behaviourOfExecutable(), FLEET_UNIT],
    [],
  );
  return cached('seed-image', key, async (directory) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-seed-'));
    const front = await registryWithWorkloads(scratch);
    try {
      await using seed = await nodeWithLca({ disk: 'seed', forwards: forwardsTo(front), log: 'seed-image' });
      await dressSeed(seed);
      await buildSeed(seed, front);
      await execa(
        'skopeo',
        [
          'copy',
          '--src-tls-verify=false',
          `docker://${front.address}/seed:${SEED_VERSION}`,
          `oci:${directory}:seed`,
        ],
        { stdin: 'ignore' },
      );
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** A registry that has the seed, and the images that it lists. */
export async function registryWithSeed(directory: string): Promise<RegistryFront> {
  const layout = await seedLayout();
  const front = await registryWithWorkloads(directory);
  await front.push(`oci:${layout}:seed`, `seed:${SEED_VERSION}`);
  return front;
}
