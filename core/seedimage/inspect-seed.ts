import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import {
  imageName,
  inspectConfig,
  inspectRaw,
  type RegistryAccess,
  registryRefusal,
} from '../tools/skopeo.ts';
import { digestOf } from './digest.ts';
import { checkDigest, INDEX, MANIFEST, parseJsonAs } from './oci-layout.ts';
import {
  checkArchitecture,
  describeSeed,
  nodeArchitecture,
  pinnedSpec,
  type SeedDescription,
} from './seed-description.ts';
import { SeedImageError } from './seed-image-error.ts';

/**
 * Asks a registry what a seed image is, without pulling any of its layers.
 *
 * @throws SeedImageError `registry-unreachable`, `registry-untrusted`, `unauthorized`, `image-not-found`,
 *   `architecture-mismatch`, `label-missing`, `format-mismatch`, `image-invalid`
 * @throws ContractError if the seed information is not as it should be
 */
export async function inspectSeed(
  host: Host,
  pullSpec: string,
  access: RegistryAccess = {},
): Promise<SeedDescription> {
  const architecture = await nodeArchitecture(host);
  try {
    const { spec, manifest } = await manifestFor(host, pullSpec, architecture, access);
    const config = await inspectConfig(host, spec, access);
    const { config: descriptor } = parseJsonAs(MANIFEST, manifest, `The manifest of ${pullSpec}`);
    checkDigest(config, descriptor.digest, `The configuration of ${pullSpec}`);
    const description = describeSeed(pullSpec, digestOf(manifest), manifest, config);
    checkArchitecture(pullSpec, description.architecture, architecture);
    return description;
  } catch (error) {
    throw asSeedImageError(error, pullSpec);
  }
}

/** The image's manifest and a pull spec that names just it. From an index, the one for this architecture is taken. */
async function manifestFor(host: Host, pullSpec: string, architecture: string, access: RegistryAccess) {
  const text = await inspectRaw(host, pullSpec, access);
  const given = /@(sha256:[0-9a-f]{64})$/.exec(pullSpec)?.[1];
  if (given !== undefined) checkDigest(text, given as `sha256:${string}`, `The manifest of ${pullSpec}`);
  if (!/"manifests"\s*:/.test(text)) return { spec: pinnedSpec(pullSpec, digestOf(text)), manifest: text };
  const { manifests } = parseJsonAs(INDEX, text, `The index of ${pullSpec}`);
  const found = manifests.find(({ platform }) => platform?.architecture === architecture);
  if (found === undefined) {
    const others = manifests.map(({ platform }) => platform?.architecture ?? 'unknown').join(', ');
    checkArchitecture(pullSpec, others, architecture);
    throw new SeedImageError('image-invalid', `The index of ${pullSpec} is empty.`);
  }
  const spec = pinnedSpec(pullSpec, found.digest);
  const manifest = await inspectRaw(host, spec, access);
  checkDigest(manifest, found.digest, `The manifest of ${spec}`);
  return { spec, manifest };
}

/** Turns a failed skopeo command into what it means for the user; other errors stay as they are. */
export function asSeedImageError(error: unknown, pullSpec: string): unknown {
  const registry = registryOf(pullSpec);
  switch (registryRefusal(error)) {
    case 'unreachable':
      return new SeedImageError(
        'registry-unreachable',
        `Registry ${registry} of seed image ${pullSpec} cannot be reached.`,
        {
          cause: error,
          remedy: `Check that this node reaches ${registry} (name resolution, route, proxy), then retry.`,
        },
      );
    case 'untrusted':
      return new SeedImageError(
        'registry-untrusted',
        `Registry ${registry} of seed image ${pullSpec} is not trusted: its TLS certificate is not signed by an authority this node knows, or it speaks no TLS.`,
        {
          cause: error,
          remedy: `Add its authority to the node's trust anchors, or mark ${registry} insecure in registries.conf.`,
        },
      );
    case 'unauthorized':
      return new SeedImageError(
        'unauthorized',
        `Registry ${registry} refuses access to seed image ${pullSpec}.`,
        {
          cause: error,
          remedy: 'Check the credentials of the pull secret or auth file.',
        },
      );
    case 'not-found':
      return new SeedImageError('image-not-found', `Registry ${registry} has no seed image ${pullSpec}.`, {
        cause: error,
        remedy: 'Check the name and the tag or digest.',
      });
    case 'other-architecture':
      return new SeedImageError(
        'architecture-mismatch',
        `Seed image ${pullSpec} has no variant for this node's architecture.`,
        { cause: error },
      );
    case undefined:
      return blobError(error, pullSpec);
  }
}

/** What skopeo says when a blob of the registry is not what its digest promises. */
function blobError(error: unknown, pullSpec: string): unknown {
  if (!(error instanceof HostError)) return error;
  if (
    /digest (did|does) not match|digest mismatch|digest verification failed|does not match config/i.test(
      error.stderr,
    )
  ) {
    return new SeedImageError(
      'digest-mismatch',
      `The registry delivers a blob of ${pullSpec} that is not what its digest says.`,
      {
        cause: error,
        remedy: 'Push the seed image again.',
      },
    );
  }
  if (/unexpected EOF|size mismatch|wrong size/i.test(error.stderr)) {
    return new SeedImageError(
      'blob-truncated',
      `The registry delivers a blob of ${pullSpec} that is cut short.`,
      {
        cause: error,
        remedy: 'Push the seed image again.',
      },
    );
  }
  return error;
}

function registryOf(pullSpec: string): string {
  const bare = imageName(pullSpec).replace(/^docker:\/\//, '');
  return bare.split('/')[0] ?? bare;
}
