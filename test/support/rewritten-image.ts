import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';

interface JsonDescriptor {
  digest: string;
  size: number;
}
export interface JsonManifest {
  config: JsonDescriptor;
  layers: JsonDescriptor[];
}
export interface JsonConfig {
  architecture: string;
  config: { Labels: Record<string, string> };
  rootfs: { diff_ids: string[] };
}

/** Copies an OCI layout and changes its image; digests are made right again, as an attacker would. */
export async function rewrittenImage(
  layout: string,
  copy: string,
  change: (manifest: JsonManifest, config: JsonConfig) => void | Promise<void>,
): Promise<void> {
  await execa('cp', ['-a', layout, copy]);
  const index = JSON.parse(await readFile(join(copy, 'index.json'), 'utf8'));
  const manifest = JSON.parse(
    await readFile(blobFile(copy, index.manifests[0].digest), 'utf8'),
  ) as JsonManifest;
  const config = JSON.parse(await readFile(blobFile(copy, manifest.config.digest), 'utf8')) as JsonConfig;
  await change(manifest, config);
  Object.assign(manifest.config, await putBlob(copy, JSON.stringify(config)));
  Object.assign(index.manifests[0], await putBlob(copy, JSON.stringify(manifest)));
  await writeFile(join(copy, 'index.json'), JSON.stringify(index));
}

/** The same with one layer's archive replaced. */
export async function withLayer(layout: string, copy: string, name: string, archive: Buffer): Promise<void> {
  await rewrittenImage(layout, copy, async (manifest, config) => {
    const records = JSON.parse(config.config.Labels['io.lca.seed.layers'] ?? '[]') as { name: string }[];
    const place = records.findIndex((record) => record.name === name);
    Object.assign(manifest.layers[place] ?? {}, await putBlob(copy, zstdCompressSync(archive)));
    config.rootfs.diff_ids[place] = digestOf(archive);
  });
}

export function blobFile(layout: string, digest: string): string {
  return join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
}

async function putBlob(layout: string, content: string | Buffer): Promise<JsonDescriptor> {
  const digest = digestOf(content);
  await writeFile(blobFile(layout, digest), content);
  return { digest, size: Buffer.byteLength(content) };
}

function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
