import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { rewrittenImage, withLayer } from '../support/rewritten-image.ts';
import { condition, nodeWithLca, statusOf, untilStatus } from '../support/story/nodes.ts';
import {
  forwardsTo,
  registryWithSeed,
  SEED_IMAGE,
  SEED_VERSION,
  seedLayout,
} from '../support/story/seed-image.ts';
import { ibu } from '../support/story/target.ts';
import { type HandMadeMember, tarBytes } from '../support/tar-bytes.ts';
import type { VmNode } from '../support/vm/node.ts';

/**
 * What must be as it was after a refusal. Tricks inside a layer are found when there is a deployment already; when it is
 * taken back, ostree writes its boot entry anew, with keys for another boot loader that the first one did not have.
 */
const UNTOUCHED =
  "ostree admin status; ls /ostree/deploy; grep -hv '^aboot' /boot/loader/entries/*; podman images -q; ls /boot/grub2; cat /etc/hostname";

/** What an attacker who can push images might put into the layer of /etc, and what is said of it. */
const TRICKS: readonly (readonly [tag: string, members: readonly HandMadeMember[], message: RegExp])[] = [
  [
    'climbs-out',
    [{ name: 'short', pax: { path: '../../../../etc/hostname' }, content: 'evil\n' }],
    /Layer etc .* is refused: member \S*etc\/hostname climbs out/,
  ],
  [
    'through-a-link',
    [
      { name: 'etc/link', flag: '2', linkName: '/etc' },
      { name: 'etc/link/hostname', content: 'evil\n' },
    ],
    /Layer etc .* is refused: member etc\/link\/hostname would be written through a symlink/,
  ],
];

/** Drops a request that must fail, and goes back to Idle. */
async function refused(t: ExecutionContext, target: VmNode, request: string, message: RegExp): Promise<void> {
  const before = await target.sh(UNTOUCHED);
  await target.writeFile('/var/lib/lca/ibu.yaml', request);
  const status = await untilStatus(
    target,
    `refused with ${message}`,
    (now) => now.conditions.some(({ message: text }) => message.test(text)),
    600_000,
  );
  t.regex(status.conditions.at(-1)?.message ?? '', message);
  t.not(condition(status, 'PrepCompleted')?.status, 'True');
  await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle'));
  await untilStatus(target, 'at rest', (now) => condition(now, 'Idle')?.status === 'True');
  t.is(await target.sh(UNTOUCHED), before, 'the node is untouched');
}

const naming = (image: string, version = SEED_VERSION) =>
  ibu('Prep').replace(SEED_IMAGE, image).replace(`version: ${SEED_VERSION}`, `version: ${version}`);

test('What cannot be done is refused with a clear message, and the node stays untouched', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lca-registry-'));
  const front = await registryWithSeed(directory);
  const other = join(directory, 'other');
  await rewrittenImage(await seedLayout(), other, (_manifest, config) => {
    config.architecture = 's390x';
  });
  await front.push(`oci:${other}:seed`, 'seed:other-architecture');
  for (const [tag, members] of TRICKS) {
    const copy = join(directory, tag);
    await withLayer(await seedLayout(), copy, 'etc', tarBytes(members));
    await front.push(`oci:${copy}:seed`, `seed:${tag}`);
    await rm(copy, { recursive: true });
  }
  t.teardown(async () => {
    await front.dispose();
    await rm(directory, { recursive: true, force: true });
  });
  await using target = await nodeWithLca({ disk: 'target', forwards: forwardsTo(front), log: t.title });
  await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle'));
  await untilStatus(target, 'at rest', (now) => condition(now, 'Idle')?.status === 'True');

  await refused(
    t,
    target,
    ibu('Prep').replace('image:', 'imagee:'),
    /ibu\.yaml:\d+:\d+: .*imagee.*did you mean/,
  );
  await refused(t, target, ibu('Upgrade'), /Previous stage not succeeded/);
  await refused(
    t,
    target,
    naming(SEED_IMAGE, '2.0.1'),
    /version specified in seed image \(2\.0\.0\) differs from version in spec \(2\.0\.1\)/,
  );
  await refused(
    t,
    target,
    naming('registry.test:5999/seed:2.0.0'),
    /registry\.test:5999.* cannot be reached/,
  );
  await refused(t, target, naming('registry.test:5000/no-such-seed:1'), /has no seed image/);
  await refused(
    t,
    target,
    naming('registry.test:5000/seed:other-architecture'),
    /seed image architecture mismatch: seed=s390x, node=amd64/,
  );
  for (const [tag, , message] of TRICKS)
    await refused(t, target, naming(`registry.test:5000/seed:${tag}`), message);
  front.spoil(/\/v2\/seed\/manifests\//, { kind: 'status', code: 401 }, 50);
  await refused(t, target, ibu('Prep'), /refuses access/);
  front.heal();
  front.spoil(/\/v2\/seed\/blobs\//, { kind: 'corrupt' }, 50);
  await refused(t, target, ibu('Prep'), /is not what its digest says|digest/);
  front.heal();
  front.spoil(/\/v2\/seed\/blobs\//, { kind: 'truncate', toBytes: 700 }, 50);
  await refused(t, target, ibu('Prep'), /cut short|EOF|cannot be reached|digest/);
  front.heal();
  await target.sh('fallocate -l $(( $(stat -f -c "%a * %S" /var) - 300000000 )) /var/tmp/ballast');
  await refused(
    t,
    target,
    ibu('Prep'),
    /Not enough space at \/sysroot for the new stateroot: \d+ MiB needed, \d+ MiB free/,
  );
  await target.sh('rm /var/tmp/ballast');
  t.is((await statusOf(target)).lca.refused, null);
});
