import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { METADATA_FILE } from './format.ts';
import { MemberRules } from './member-rules.ts';
import { parseJsonAs } from './oci-layout.ts';
import type { SeedDescription, SeedLayer } from './seed-description.ts';
import { SeedImageError } from './seed-image-error.ts';
import type { TarListener } from './tar-scanner.ts';

/** Something of the seed node that is not in the image, and the rule that kept it out. */
export interface LeftOut {
  readonly path: string;
  readonly because: string;
}

export interface SeedMetadata {
  /** Pull specs of the images to have in place, by digest where the seed knew one. */
  readonly images: readonly string[];
  /** Paths relative to /etc that the seed has removed from its commit's defaults: see `removeDeletions`. */
  readonly etcDeletions: readonly string[];
  /** Text of the deployment's origin file; empty if it had none. */
  readonly origin: string;
  readonly kernelArguments: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const TEXTS = z.array(z.string());
const LEFT_OUT = z.array(z.strictObject({ path: z.string(), because: z.string() }));
const MOST_METADATA = 64 * 1024 * 1024;

/** Reads the files of the part `metadata`. */
export async function readMetadata(
  description: SeedDescription,
  scan: (layer: SeedLayer, listener: TarListener) => Promise<void>,
): Promise<SeedMetadata> {
  const files = new Map<string, Buffer[]>();
  const rules = new MemberRules('metadata');
  let bytes = 0;
  for (const layer of description.layers.filter(({ part }) => part === 'metadata')) {
    await scan(layer, {
      member(member) {
        rules.judge(member);
        bytes += member.size;
        if (bytes > MOST_METADATA)
          throw new SeedImageError('image-invalid', `Layer ${layer.name} is too large for metadata.`);
        if (member.type === 'file') files.set(member.name, []);
      },
      content: (member, piece) => files.get(member.name)?.push(Buffer.from(piece)),
    });
  }
  const text = (name: string): string => {
    const pieces = files.get(name);
    if (pieces === undefined)
      throw new SeedImageError('image-invalid', `${description.pullSpec} lacks ${name}.`);
    return Buffer.concat(pieces).toString();
  };
  const json = <Schema extends z.ZodType>(name: string, schema: Schema) =>
    parseJsonAs(schema, text(name), `${name} of ${description.pullSpec}`);
  const etcDeletions = text(METADATA_FILE.deletions)
    .split('\0')
    .filter((path) => path !== '');
  for (const path of etcDeletions) checkDeletion(path);
  return {
    images: text(METADATA_FILE.images)
      .split('\n')
      .filter((line) => line !== ''),
    etcDeletions,
    origin: text(METADATA_FILE.origin),
    kernelArguments: json(METADATA_FILE.kernelArguments, TEXTS),
    leftOut: json(METADATA_FILE.leftOut, LEFT_OUT),
  };
}

/**
 * Removes from a deployment's /etc what the seed had removed: files, links and whole directories. What is not there is
 * fine; nothing is removed through a symbolic link.
 *
 * @param deployment the deployment's directory
 */
export async function removeDeletions(
  host: Host,
  deployment: string,
  deletions: readonly string[],
): Promise<void> {
  const inside = host.within(deployment);
  for (const path of deletions) {
    checkDeletion(path);
    if (await liesInDirectories(inside, path)) await inside.remove(`/etc/${path}`);
  }
}

async function liesInDirectories(host: Host, path: string): Promise<boolean> {
  const parents = ['etc', ...path.split('/').slice(0, -1)];
  let here = '';
  for (const parent of parents) {
    here += `/${parent}`;
    if ((await host.stat(here))?.type !== 'directory') return false;
  }
  return true;
}

function checkDeletion(path: string): void {
  const segments = path.split('/');
  if (!segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return;
  throw new SeedImageError(
    'image-invalid',
    `The seed's list of removed files has a path outside of /etc: "${path}".`,
  );
}
