import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cached, digest } from './cache.ts';
import { command } from './command.ts';
import { buildRootfs } from './rootfs.ts';

/** Container images for the tests' nodes; they differ in one layer and share the other. */
export const WORKLOADS = ['1', '2'] as const;
export type WorkloadVersion = (typeof WORKLOADS)[number];

const APPLETS = ['sh', 'cat', 'echo', 'ls', 'sleep', 'wget', 'httpd', 'date', 'hostname', 'true', 'false'];
/**
 * What a container of it does: says its version, then serves the file that holds it until it is told to stop. Without a
 * port it only stays: pods have it beside their containers, on one network.
 */
const SERVICE =
  'echo "workload $(cat /www/version) is up"; [ -n "$PORT" ] || exec sleep 2147483647; exec httpd -f -p "$PORT" -h /www';
const EPOCH = '1970-01-01T00:00:00Z';

/**
 * A small container image made from Debian's static busybox, from the cache or built.
 *
 * @returns path of an OCI archive, for skopeo and podman as `oci-archive:PATH`
 */
export async function workloadArchive(version: WorkloadVersion): Promise<string> {
  const rootfs = await buildRootfs();
  const directory = await cached('workload', await digest([rootfs.tree], ['workload.ts']), async (dir) => {
    for (const each of WORKLOADS) await writeArchive(join(rootfs.tree, 'usr/bin/busybox'), each, dir);
  });
  return join(directory, `workload-${version}.tar`);
}

async function writeArchive(busybox: string, version: WorkloadVersion, directory: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'lca-workload-'));
  try {
    const programs = join(scratch, 'programs');
    await mkdir(join(programs, 'bin'), { recursive: true });
    await mkdir(join(programs, 'tmp'));
    await cp(busybox, join(programs, 'bin/busybox'));
    for (const applet of APPLETS) await symlink('busybox', join(programs, 'bin', applet));
    const content = join(scratch, 'content');
    await mkdir(join(content, 'www'), { recursive: true });
    await writeFile(join(content, 'www/version'), `${version}\n`);
    const layout = join(scratch, 'layout');
    await writeLayout(layout, [await layerOf(programs), await layerOf(content)], version);
    const archive = join(directory, `workload-${version}.tar`);
    await command('pack the image', ['tar', ...SAME_BYTES, '-cf', archive, '-C', layout, '.']);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const SAME_BYTES = [
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--format=gnu',
] as const;

/** An uncompressed layer tar. */
async function layerOf(tree: string): Promise<Buffer> {
  const file = `${tree}.tar`;
  await command('pack a layer', ['tar', ...SAME_BYTES, '--mode=u=rwX,go=rX', '-cf', file, '-C', tree, '.']);
  return readFile(file);
}

async function writeLayout(
  layout: string,
  layers: readonly Buffer[],
  version: WorkloadVersion,
): Promise<void> {
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const add = async (mediaType: string, data: Buffer) => {
    const hex = sha256(data);
    await writeFile(join(blobs, hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const type = (name: string): string => `application/vnd.oci.image.${name}`;
  const packed = await Promise.all(
    layers.map((layer) => add(type('layer.v1.tar+gzip'), gzipSync(layer, { level: 9 }))),
  );
  const config = {
    architecture: 'amd64',
    os: 'linux',
    created: EPOCH,
    config: { Cmd: ['/bin/sh', '-c', SERVICE], Env: ['PATH=/bin'], Labels: { 'lca.test/version': version } },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map(() => ({ created: EPOCH })),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: await add(type('config.v1+json'), json(config)),
    layers: packed,
  };
  const entry = await add(type('manifest.v1+json'), json(manifest));
  await writeFile(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [entry] }));
  await writeFile(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
