import { randomBytes } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { RealHost } from '../../../core/host/real-host.ts';
import {
  inspectSeed,
  openSeed,
  pullSeed,
  SeedImageError,
  type SeedImageErrorCode,
} from '../../../core/seedimage/seed.ts';
import { copyImage } from '../../../core/tools/skopeo.ts';
import { makeSysroot, SMALL_SYSTEM } from '../../support/ostree-sysroot.ts';
import { startRegistry } from '../../support/registry.ts';
import { rewrittenImage } from '../../support/rewritten-image.ts';
import { type SeedChoices, seedOfSysroot } from '../../support/seed-of-sysroot.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const host = new RealHost();
const PLAIN = { tlsVerify: false } as const;
// bcrypt of "secret"
const USER = 'user:$2b$05$RD1Aj7zHQMexxc5omGd5Ce1Jga9cHHMRFiJcp2YYSkjz0yyZahLNq\n';

async function pushedSeed(t: ExecutionContext, choices: SeedChoices = {}) {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory, {
    ...SMALL_SYSTEM,
    'usr/lib/big/blob': randomBytes(3_000_000).toString('hex'),
  });
  const made = await seedOfSysroot(host, sysroot, directory, choices);
  const registry = await startRegistry(t, directory);
  const pullSpec = `${registry.address}/lca/seed:1.2`;
  await copyImage(host, { from: `oci:${made.layout}:seed`, to: pullSpec, destination: PLAIN });
  return { directory, sysroot, made, registry, pullSpec };
}

async function failure(
  t: ExecutionContext,
  code: SeedImageErrorCode,
  promise: Promise<unknown>,
): Promise<Error> {
  const error = await t.throwsAsync(promise, { instanceOf: SeedImageError });
  t.is(error.code, code, error.message);
  return error;
}

test('a seed in a registry is described without being pulled, and pulled by digest', async (t) => {
  const { directory, sysroot, made, pullSpec } = await pushedSeed(t);
  const description = await inspectSeed(host, pullSpec, PLAIN);
  t.is(description.digest, made.digest, 'the registry keeps the manifest byte for byte');
  t.is(description.pinned, `${pullSpec.replace(/:1\.2$/, '')}@${made.digest}`);
  t.is(description.format, 5);
  t.is(description.info.lca?.commit, sysroot.commit);
  t.is(
    description.downloadBytes,
    made.bytes -
      JSON.stringify(
        JSON.parse(await readFile(join(made.layout, 'blobs/sha256', made.digest.slice(7)), 'utf8')),
      ).length,
  );
  t.true(description.unpackedBytes.ostree > 6_000_000);
  t.true(
    description.unpackedBytes.etc > 0 &&
      description.unpackedBytes.var > 0 &&
      description.unpackedBytes.metadata > 0,
  );

  const layout = join(directory, 'pulled');
  const progress: number[] = [];
  await pullSeed(host, description, layout, { ...PLAIN, onProgress: (done) => progress.push(done) });
  t.is(progress.at(-1), description.downloadBytes);
  const seed = await openSeed(host, layout);
  t.is(seed.description.digest, made.digest);
  t.deepEqual((await seed.metadata()).leftOut, [{ path: '/etc/machine-id', because: 'identity' }]);
});

test('podman can pull a seed image, and sees its tree and labels', async (t) => {
  const { directory, pullSpec } = await pushedSeed(t);
  const store = [
    '--root',
    join(directory, 'store'),
    '--runroot',
    join(directory, 'run'),
    '--storage-driver',
    'vfs',
  ];
  await execa('podman', [...store, 'pull', '--quiet', '--tls-verify=false', pullSpec]);
  const { stdout: mount } = await execa('podman', [...store, 'image', 'mount', pullSpec]);
  try {
    t.is(await readFile(join(mount, 'etc/kept.conf'), 'utf8'), 'default\n');
    t.is(
      JSON.parse(await readFile(join(mount, 'seed/manifest.json'), 'utf8')).seed_cluster_ocp_version,
      '1.2',
    );
  } finally {
    await execa('podman', [...store, 'image', 'unmount', pullSpec]);
  }
  const { stdout } = await execa('podman', [
    ...store,
    'image',
    'inspect',
    '--format={{index .Labels "com.openshift.lifecycle-agent.seed_format_version"}}',
    pullSpec,
  ]);
  t.is(stdout, '5');
});

test('an interrupted pull goes on with what it has, and fetches damaged blobs anew', async (t) => {
  const { directory, pullSpec, made } = await pushedSeed(t);
  const description = await inspectSeed(host, pullSpec, PLAIN);
  const layout = join(directory, 'pulled');
  await pullSeed(host, description, layout, PLAIN);
  // as a power cut leaves it: one blob cut short, one full of zeros, a temporary file, no index
  const blobs = description.layers.map((layer) => layer.descriptor.digest.slice(7));
  const [cut, zeros, kept] = blobs.map((name) => join(layout, 'blobs/sha256', name)) as [
    string,
    string,
    string,
  ];
  await truncate(cut, 10);
  await writeFile(zeros, Buffer.alloc((await readFile(zeros)).length));
  await writeFile(join(layout, 'oci-put-blob123'), 'partial');
  await execa('rm', [join(layout, 'index.json')]);
  const before = await host.stat(kept);
  await delay(20);
  await pullSeed(host, description, layout, PLAIN);
  const seed = await openSeed(host, layout);
  for (const part of ['ostree', 'etc', 'var', 'metadata'] as const) await seed.verify(part);
  t.is((await host.stat(kept))?.mtimeMs, before?.mtimeMs, 'a whole blob is not fetched again');
  t.is(await host.stat(join(layout, 'oci-put-blob123')), undefined);
  t.is(made.digest, seed.description.digest);
});

test('a pull stopped by its signal throws, and a later one completes it', async (t) => {
  const { directory, pullSpec } = await pushedSeed(t);
  const description = await inspectSeed(host, pullSpec, PLAIN);
  const layout = join(directory, 'pulled');
  await t.throwsAsync(pullSeed(host, description, layout, { ...PLAIN, signal: AbortSignal.timeout(60) }));
  await pullSeed(host, description, layout, PLAIN);
  await (await openSeed(host, layout)).verify('ostree');
  t.pass();
});

test('a registry that is not there, wrong credentials, and an unknown image are told apart', async (t) => {
  const directory = await temporaryDirectory(t);
  const closed = await failure(t, 'registry-unreachable', inspectSeed(host, '127.0.0.1:1/lca/seed:1', PLAIN));
  t.is(closed.message, 'Registry 127.0.0.1:1 of seed image 127.0.0.1:1/lca/seed:1 cannot be reached.');
  const unknown = await failure(
    t,
    'registry-unreachable',
    inspectSeed(host, 'registry.invalid/lca/seed:1', PLAIN),
  );
  t.regex(unknown.message, /registry\.invalid/);

  const registry = await startRegistry(t, directory, USER);
  const pullSpec = `${registry.address}/lca/seed:1`;
  await failure(t, 'unauthorized', inspectSeed(host, pullSpec, PLAIN));
  const authfile = join(directory, 'auth.json');
  const auth = (user: string) =>
    JSON.stringify({ auths: { [registry.address]: { auth: Buffer.from(user).toString('base64') } } });
  await writeFile(authfile, auth('user:wrong'));
  const wrong = await failure(t, 'unauthorized', inspectSeed(host, pullSpec, { ...PLAIN, authfile }));
  t.false(`${wrong.message}${String(wrong.cause)}`.includes(Buffer.from('user:wrong').toString('base64')));
  await failure(t, 'registry-untrusted', inspectSeed(host, pullSpec, { authfile }));
  await writeFile(authfile, auth('user:secret'));
  await failure(t, 'image-not-found', inspectSeed(host, pullSpec, { ...PLAIN, authfile }));
});

test('an image that is no seed, or a seed of another format, is refused with the documented words', async (t) => {
  const { directory, made, registry } = await pushedSeed(t);
  const missing = await failure(
    t,
    'image-not-found',
    inspectSeed(host, `${registry.address}/lca/other:1`, PLAIN),
  );
  t.regex(missing.message, /has no seed image/);
  const relabelled = async (
    name: string,
    change: (labels: Record<string, string>) => void,
  ): Promise<string> => {
    const copy = join(directory, name);
    await rewrittenImage(made.layout, copy, (_manifest, { config }) => change(config.Labels));
    return `oci:${copy}:seed`;
  };
  const bare = await relabelled(
    'bare',
    (labels) => delete labels['com.openshift.lifecycle-agent.seed_format_version'],
  );
  t.is(
    (await failure(t, 'label-missing', inspectSeed(host, bare))).message,
    'seed image is missing the com.openshift.lifecycle-agent.seed_format_version label, please build a new image using the latest version of the lca-cli',
  );
  const future = await relabelled('future', (labels) => {
    labels['com.openshift.lifecycle-agent.seed_format_version'] = '6';
  });
  t.is(
    (await failure(t, 'format-mismatch', inspectSeed(host, future))).message,
    'seed image format version mismatch: expected 5, got 6',
  );
});

test('a seed of another architecture is refused before anything is pulled', async (t) => {
  const { pullSpec } = await pushedSeed(t, { architecture: 's390x' });
  const error = await failure(t, 'architecture-mismatch', inspectSeed(host, pullSpec, PLAIN));
  t.regex(error.message, /^seed image architecture mismatch: seed=s390x, node=/);
});

test('a blob that is cut short or damaged in the registry is refused', async (t) => {
  const { directory, made, registry, pullSpec } = await pushedSeed(t);
  const description = await inspectSeed(host, pullSpec, PLAIN);
  const largest = made.layers.toSorted((a, b) => b.descriptor.size - a.descriptor.size)[0];
  const hex = largest?.descriptor.digest.slice(7) ?? '';
  const stored = join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  const bytes = await readFile(stored);

  await writeFile(stored, bytes.with(1000, (bytes[1000] ?? 0) ^ 1));
  await failure(t, 'digest-mismatch', pullSeed(host, description, join(directory, 'damaged'), PLAIN));
  await truncate(stored, 1000);
  const error = await t.throwsAsync(pullSeed(host, description, join(directory, 'cut'), PLAIN), {
    instanceOf: SeedImageError,
  });
  t.true(['blob-truncated', 'digest-mismatch'].includes(error.code), error.message);
});
