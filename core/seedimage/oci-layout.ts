import { join } from 'node:path';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { type Digest, digestOf, hexOf, isDigest } from './digest.ts';
import { MEDIA_INDEX } from './format.ts';
import { SeedImageError } from './seed-image-error.ts';

/** An OCI image layout: a directory of blobs named by their digests, and an index (OCI image-spec, image-layout.md). */

const DESCRIPTOR = z.looseObject({
  mediaType: z.string(),
  digest: z.custom<Digest>(
    (value) => typeof value === 'string' && isDigest(value),
    'must be a sha256 digest',
  ),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.output<typeof DESCRIPTOR>;

export const MANIFEST = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: DESCRIPTOR,
  layers: z.array(DESCRIPTOR),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Manifest = z.output<typeof MANIFEST>;

export const CONFIG = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  created: z.string().optional(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
});

export const INDEX = z.looseObject({
  manifests: z.array(
    DESCRIPTOR.extend({
      platform: z.looseObject({ architecture: z.string(), os: z.string() }).optional(),
    }),
  ),
});

export function blobPath(layout: string, digest: Digest): string {
  return join(layout, 'blobs', 'sha256', hexOf(digest));
}

/** Makes an empty layout, or an existing one usable. */
export async function initLayout(host: Host, layout: string): Promise<void> {
  await host.makeDirectory(join(layout, 'blobs', 'sha256'));
  await host.writeAtomic(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}', { durable: false });
}

/** Stores a small blob. */
export async function writeBlob(
  host: Host,
  layout: string,
  text: string,
): Promise<{ digest: Digest; size: number }> {
  const digest = digestOf(text);
  await host.writeAtomic(blobPath(layout, digest), text, { durable: false });
  return { digest, size: Buffer.byteLength(text) };
}

/** Makes the layout hold exactly one image. */
export async function writeIndex(
  host: Host,
  layout: string,
  manifest: Descriptor,
  tag: string,
): Promise<void> {
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = { schemaVersion: 2, mediaType: MEDIA_INDEX, manifests: [{ ...manifest, annotations }] };
  await host.writeAtomic(join(layout, 'index.json'), JSON.stringify(index), { durable: false });
}

/** The digest of the layout's one image. Throws `image-invalid` if there is none or several. */
export async function readIndex(host: Host, layout: string): Promise<Digest> {
  const text = await host.readText(join(layout, 'index.json'));
  if (text === undefined) {
    throw new SeedImageError(
      'blob-missing',
      `There is no complete image in ${layout}: index.json is missing.`,
    );
  }
  const { manifests } = parseJsonAs(INDEX, text, `${layout}/index.json`);
  const [only] = manifests;
  if (only === undefined || manifests.length > 1) {
    throw new SeedImageError('image-invalid', `${layout} holds ${manifests.length} images instead of one.`);
  }
  return only.digest;
}

/** A small blob's text, its digest checked. */
export async function readBlobText(host: Host, layout: string, digest: Digest): Promise<string> {
  const bytes = await host.readBytes(blobPath(layout, digest));
  if (bytes === undefined)
    throw new SeedImageError('blob-missing', `Blob ${digest} is missing in ${layout}.`);
  checkDigest(bytes, digest, `Blob ${digest} in ${layout}`);
  return new TextDecoder().decode(bytes);
}

/** @throws SeedImageError `digest-mismatch` */
export function checkDigest(data: string | Uint8Array, digest: Digest, what: string): void {
  const found = digestOf(data);
  if (found !== digest)
    throw new SeedImageError('digest-mismatch', `${what} is damaged: its digest is ${found}.`);
}

/** @throws SeedImageError `image-invalid`, naming the field */
export function parseJsonAs<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SeedImageError('image-invalid', `${what} is not valid JSON.`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw new SeedImageError(
    'image-invalid',
    `${what} is not as it should be${field}: ${issue?.message ?? ''}.`,
    {
      cause: result.error,
    },
  );
}
