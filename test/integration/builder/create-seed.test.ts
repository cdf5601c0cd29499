import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { BuilderError } from '../../../builder/builder-error.ts';
import { createSeed, planSeed } from '../../../builder/create-seed.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { inspectSeed, openSeed } from '../../../core/seedimage/seed.ts';
import { SequenceError } from '../../../core/sequence/sequence-error.ts';
import { startRegistry } from '../../support/registry.ts';
import { makeSeedNode, type SeedNode, seedRequest } from '../../support/seed-node.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const machine = new RealHost();
const ALL = ['db.service', 'plain-container', 'web.service'];

/** PATH belongs to the process: one node at a time. */
async function onNode<Result>(node: SeedNode, action: () => Promise<Result>): Promise<Result> {
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = `${node.programs}${delimiter}${before}`;
  try {
    return await action();
  } finally {
    process.env['PATH'] = before;
  }
}

/** The code of the builder's own error inside the sequence's. */
function codeOf(error: Error | undefined): string | undefined {
  return error?.cause instanceof BuilderError ? error.cause.code : undefined;
}

async function namesIn(layout: string): Promise<readonly string[]> {
  const seed = await openSeed(machine, layout);
  const names: string[] = [];
  for (const { descriptor } of seed.description.layers) {
    const blob = join(layout, 'blobs/sha256', descriptor.digest.slice(7));
    const { stdout } = await execa('sh', [
      '-c',
      'zstd -dc "$0" | tar t --quoting-style=literal --null --show-transformed-names 2>/dev/null',
      blob,
    ]);
    names.push(...stdout.split('\n'));
  }
  return names;
}

test.serial(
  'a seed holds the commit, changes of /etc and /var, and nothing that belongs to the machine',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const node = await makeSeedNode(directory);
    const etc = join(node.sysroot.deployment, 'etc');
    await writeFile(join(etc, 'changed.conf'), 'changed\n');
    await execa('rm', ['-r', join(etc, 'removed.conf'), join(etc, 'removed.d')]);
    const lines: string[] = [];
    const output = '/out/image';
    const made = await onNode(node, () =>
      createSeed(node.host, seedRequest({ outputDirectory: output }), {
        node: node.layout,
        observe: (event) => void lines.push(`${event.step} ${event.kind}`),
      }),
    );

    const layout = join(node.sysroot.path, output);
    const names = await namesIn(layout);
    const has = (name: string) => names.some((found) => found === name || found === `${name}/`);
    for (const name of [
      'etc/changed.conf',
      'etc/app/added.conf',
      'var/lib/app/data.db',
      'var/home/core/notes',
      'var/log/app',
      'var/lib/lca/health.d/required.d/check.sh',
    ]) {
      t.true(has(name), `${name} is in the image`);
    }
    const forbidden =
      /machine-id|hostname|ssh_host|system-connections\/.|history|authorized_keys|\.log$|journal\/.|secret|random-seed|containers\/storage|auth\.json|events|ibu\.yaml|journal\.json|seed-create|kept\.conf/;
    t.deepEqual(
      names.filter((name) => forbidden.test(name)),
      [],
      'nothing of the machine is in the image',
    );

    const seed = await openSeed(machine, layout);
    t.deepEqual(await seed.deletions(), ['/etc/removed.conf', '/etc/removed.d']);
    const metadata = await seed.metadata();
    t.deepEqual(metadata.images, [
      'registry.example.com/app/db:2',
      `registry.example.com/app/web@sha256:${'a'.repeat(64)}`,
    ]);
    t.deepEqual(metadata.kernelArguments, ['mitigations=off']);
    for (const path of [
      '/etc/machine-id',
      'authorized_keys',
      '.bash_history',
      '/var/lib/containers/*',
      `localhost/built-here@sha256:${'b'.repeat(64)}`,
    ]) {
      t.true(
        metadata.leftOut.some((item) => item.path === path),
        `the image tells that ${path} was left out`,
      );
    }
    const { info } = seed.description;
    t.is(info.seed_cluster_ocp_version, '1.2');
    t.is(info.container_storage_mountpoint_target, '/dev/disk/by-partlabel/var-lib-containers');
    t.is(info.lca?.image_count, 2);
    t.deepEqual(info.lca?.images, [
      { pull_spec: 'registry.example.com/app/db:2', tags: [], size: 200 },
      {
        pull_spec: `registry.example.com/app/web@sha256:${'a'.repeat(64)}`,
        tags: ['registry.example.com/app/web:1'],
        size: 1000,
      },
    ]);
    t.true((info.lca?.sizes['ostree']?.unpacked ?? 0) > 0);
    t.is(seed.description.digest, made.digest);
    for (const part of ['ostree', 'etc', 'var', 'metadata'] as const) await seed.verify(part);

    t.deepEqual(lines.filter((line) => line.endsWith(' done')).length, 9);
    t.deepEqual(
      (await node.diary()).slice(0, 3).toSorted(),
      ALL.map((name) => `stop ${name}`),
    );
    t.deepEqual(await node.running(), ALL);
    t.is(await node.host.stat('/var/lib/lca/seed-create'), undefined);
  },
);

test.serial(
  'two runs on an unchanged node give the same layers; a change gives one new layer, also with --previous',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const node = await makeSeedNode(directory);
    const registry = await startRegistry(t, directory);
    const pullSpec = (tag: string) => `${registry.address}/seeds/test:${tag}`;
    const create = (tag: string, previous?: string) =>
      onNode(node, () =>
        createSeed(node.host, seedRequest({ pullSpec: pullSpec(tag), previous }), { node: node.layout }),
      );
    const layersOf = async (tag: string) =>
      (await inspectSeed(machine, pullSpec(tag), { tlsVerify: false })).layers;
    await create('1');
    await create('2');
    const digests = async (tag: string) => (await layersOf(tag)).map(({ descriptor }) => descriptor.digest);
    t.deepEqual(await digests('2'), await digests('1'));
    await writeFile(
      join(node.sysroot.staterootPath, 'var/lib/app/data.db'),
      'other data, and more of it'.repeat(40),
    );
    await create('3', pullSpec('1'));
    const before = new Set(await digests('1'));
    const fresh = (await layersOf('3'))
      .filter(({ descriptor }) => !before.has(descriptor.digest))
      .map(({ name }) => name);
    t.is(fresh.length, 2, fresh.join(', '));
    t.deepEqual([...fresh].toSorted()[0], 'metadata', 'it tells the sizes');
    t.regex(fresh.join(' '), /var shared/);
  },
);

test.serial(
  'private keys fail the build, which names them all, pushes nothing and leaves the node as it was',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const node = await makeSeedNode(directory);
    const registry = await startRegistry(t, directory);
    const key = (await execa('openssl', ['genpkey', '-algorithm', 'ed25519'])).stdout;
    await writeFile(join(node.sysroot.deployment, 'etc/app/tls.key'), key);
    await writeFile(
      join(node.sysroot.staterootPath, 'var/lib/app/kubeconfig'),
      `client-key-data: ${Buffer.from(key).toString('base64')}\n`,
    );
    const request = seedRequest({ pullSpec: `${registry.address}/seeds/test:1` });
    const error = await t.throwsAsync(
      onNode(node, () => createSeed(node.host, request, { node: node.layout })),
      { instanceOf: SequenceError },
    );
    t.is(codeOf(error), 'private-keys');
    t.regex(error.message, /\/etc\/app\/tls\.key, \/var\/lib\/app\/kubeconfig/);
    t.false(error.message.includes(key.split('\n')[1] ?? ''));
    t.is((await fetch(`http://${registry.address}/v2/seeds/test/tags/list`)).status, 404);
    t.deepEqual(await node.running(), ALL);
    t.is(await node.host.stat('/var/lib/lca/seed-create'), undefined);

    const allowed = seedRequest({ ...request, allowPrivateKeys: ['/etc/app/tls.key', '/var/lib/app'] });
    await t.notThrowsAsync(onNode(node, () => createSeed(node.host, allowed, { node: node.layout })));
  },
);

test.serial('stopped at any step, the node is as it was and the next run succeeds', async (t) => {
  const directory = await temporaryDirectory(t);
  const node = await makeSeedNode(directory);
  const steps = [
    'check-node',
    'gather-info',
    'list-images',
    'save-system',
    'stop-workloads',
    'save-etc',
    'save-var',
    'start-workloads',
    'assemble-image',
  ];
  for (const step of steps) {
    const stop = new AbortController();
    await t.throwsAsync(
      onNode(node, () =>
        createSeed(node.host, seedRequest({ outputDirectory: '/out/image' }), {
          node: node.layout,
          signal: stop.signal,
          observe: (event) => {
            if (event.step === step && event.kind === 'started')
              stop.abort(new Error('Stopped by the test.'));
          },
        }),
      ),
      { instanceOf: SequenceError },
      step,
    );
    t.deepEqual(await node.running(), ALL, `after stopping at ${step}`);
    t.is(await node.host.stat('/var/lib/lca/seed-create'), undefined);
    t.is(await node.host.stat('/out/image/index.json'), undefined);
  }
  await t.notThrowsAsync(
    onNode(node, () =>
      createSeed(node.host, seedRequest({ outputDirectory: '/out/image' }), { node: node.layout }),
    ),
  );
});

test.serial(
  'killed while workloads are stopped, the next run starts them before anything else',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const node = await makeSeedNode(directory);
    await writeFile(join(directory, 'stand-ins/slow'), '30');
    const child = execa(
      'node',
      [join(import.meta.dirname, 'create-seed-child.ts'), node.sysroot.path, JSON.stringify(node.layout)],
      {
        env: { PATH: `${node.programs}${delimiter}${process.env['PATH']}` },
        reject: false,
      },
    );
    for (let i = 0; i < 400 && (await node.diary()).length < 2; i += 1) await machine.sleep(50);
    child.kill('SIGKILL');
    await child;
    t.true(
      (await node.running()).length < ALL.length || (await node.diary()).length >= 2,
      'it was killed while stopping',
    );
    t.truthy(await node.host.readText('/var/lib/lca/seed-create/stopped.json'));
    await rm(join(directory, 'stand-ins/slow'));
    await execa('sh', ['-c', 'rm -f "$0"/*', join(directory, 'stand-ins/running')]); // the slow stops have come to their end

    const order: string[] = [];
    await onNode(node, () =>
      createSeed(node.host, seedRequest({ outputDirectory: '/out/image' }), {
        node: node.layout,
        observe: async (event) => {
          if (event.step === 'check-node') order.push(...(await node.running()));
        },
      }),
    );
    t.deepEqual([...new Set(order)], ALL, 'they run before the first step');
    t.deepEqual(await node.running(), ALL);
  },
);

test.serial('what does not start again is named, and the others start all the same', async (t) => {
  const directory = await temporaryDirectory(t);
  const node = await makeSeedNode(directory);
  await writeFile(join(directory, 'stand-ins/broken'), 'db.service');
  const request = seedRequest({ outputDirectory: '/out/image' });
  const error = await t.throwsAsync(
    onNode(node, () => createSeed(node.host, request, { node: node.layout })),
  );
  t.regex(error?.message ?? '', /Not everything that was stopped could be started again: db\.service/);
  t.deepEqual(await node.running(), ['plain-container', 'web.service']);
  await rm(join(directory, 'stand-ins/broken'));
  await onNode(node, () => createSeed(node.host, request, { node: node.layout }));
  t.deepEqual(await node.running(), ALL);
});

test.serial(
  'files that vanish while they are saved make it look again; files that never rest are named',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const node = await makeSeedNode(directory);
    const data = join(node.sysroot.staterootPath, 'var/lib/app');
    await writeFile(join(data, 'vanishing'), 'x');
    const request = seedRequest({ outputDirectory: '/out/image' });
    // the node's own tar, with something else at work whenever it saves /var
    const meddling = (what: string) =>
      writeFile(
        join(node.programs, 'tar'),
        `#!/bin/sh\ncase "$*" in *--create*deploy/seed-root\\ *) ${what} ;; esac\nexec /usr/bin/tar "$@"\n`,
        { mode: 0o755 },
      );
    await meddling(`rm -f '${data}/vanishing'`);
    await onNode(node, () => createSeed(node.host, request, { node: node.layout }));
    const names = await namesIn(join(node.sysroot.path, '/out/image'));
    t.false(names.includes('var/lib/app/vanishing'));
    t.true(names.includes('var/lib/app/data.db'));

    await meddling(`echo 'tar: var/lib/app/busy: file changed as we read it' >&2; exit 1`);
    const error = await t.throwsAsync(
      onNode(node, () => createSeed(node.host, request, { node: node.layout })),
    );
    t.regex(
      error?.message ?? '',
      /^Files below \/var keep changing while they are saved: .*file changed as we read it/,
    );
    t.deepEqual(await node.running(), ALL);
  },
);

test.serial('an unfit node is refused with nothing touched, and --dry-run says why', async (t) => {
  const directory = await temporaryDirectory(t);
  const node = await makeSeedNode(directory);
  await appendFile(join(node.sysroot.staterootPath, 'var/lib/lca/pivot.json'), '{}');
  const plan = await onNode(node, () => planSeed(node.host, seedRequest(), { node: node.layout }));
  t.is(plan.length, 14);
  t.regex(String(plan[0]?.error), /An upgrade of this node is under way/);
  const error = await t.throwsAsync(
    onNode(node, () => createSeed(node.host, seedRequest(), { node: node.layout })),
  );
  t.is(codeOf(error), 'pivot-pending');
  t.deepEqual(await node.diary(), []);
  await rm(join(node.sysroot.staterootPath, 'var/lib/lca/pivot.json'));

  await mkdir(join(node.sysroot.path, 'dir'));
  await writeFile(join(node.sysroot.path, 'dir/precious'), 'x');
  const bad = await t.throwsAsync(
    onNode(node, () =>
      createSeed(node.host, seedRequest({ outputDirectory: '/dir' }), { node: node.layout }),
    ),
  );
  t.is(codeOf(bad), 'bad-output');
  t.is(await readFile(join(node.sysroot.path, 'dir/precious'), 'utf8'), 'x');
});
