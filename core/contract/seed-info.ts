import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { contractError } from './contract-error.ts';
import { SEED_INFO_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';

/** Bytes of one part of a seed (`ostree`, `var`, `etc`, …): as fetched, and as laid down on disk. */
const partSize = z.object({ compressed: z.int().min(0), unpacked: z.int().min(0) });

/** A container image that a target has to have in place. */
const listedImage = z.object({
  /** By digest where the seed knew one. */
  pull_spec: z.string().min(1),
  /** Names with a tag by which the seed's workloads may call it. */
  tags: z.array(z.string().min(1)).default([]),
  /** Bytes in the seed's container storage; layers shared with other images are counted in each. */
  size: z.int().min(0).default(0),
});

/** What lca adds to upstream's seed cluster info, under the key `lca`. */
const extension = z.object({
  /** The seed image's format version: 5 for lca's own. */
  format: z.int().min(1),
  /** As in an OCI platform: `amd64`, `arm64`. */
  architecture: z.string().min(1),
  /** When the seed was taken, RFC 3339. Fixed by the seed's content where determinism is asked for. */
  created: z.string().default(''),
  /** The stateroot booted on the seed node. */
  stateroot: z.string().min(1),
  /** `ID` and `VERSION_ID` of the seed's os-release. */
  os: z.object({ name: z.string().min(1), version: z.string() }),
  /** The deployed commit (64 hexadecimal digits). */
  commit: z.string().regex(/^[0-9a-f]{64}$/, 'must be an ostree commit checksum, 64 hexadecimal digits'),
  /** Kernel arguments of the seed's deployment, in order, without those that belong to one machine. */
  kernel_arguments: z.array(z.string()).default([]),
  /** Logical processors of the seed node. */
  cpu_count: z.int().min(1),
  cgroup_version: z.union([z.literal(1), z.literal(2)]),
  /** IP versions of which the seed node had a default route; empty where it was not asked. */
  ip_families: z.array(z.enum(['ipv4', 'ipv6'])).default([]),
  /** Images in the list to precache. */
  image_count: z.int().min(0),
  /** What is known of them; empty in seeds made before this was recorded. */
  images: z.array(listedImage).default([]),
  /** By part. */
  sizes: z.record(z.string(), partSize),
});

/**
 * The seed cluster info. Field names are upstream's (they are also the text of an image label), so they are kept here
 * as they are in the file. Unknown fields are tolerated: upstream writes this file too.
 */
const schema = z
  .object({
    seed_cluster_ocp_version: z.string().min(1),
    base_domain: z.string().default(''),
    cluster_name: z.string().default(''),
    node_ip: z.string().default(''),
    node_ips: z.array(z.string()).nullish(),
    release_registry: z.string().default(''),
    mirror_registry_configured: z.boolean().default(false),
    sno_hostname: z.string().default(''),
    recert_image_pull_spec: z.string().default(''),
    has_proxy: z.boolean().default(false),
    cluster_network_cidr: z.array(z.string()).nullish(),
    service_network_cidr: z.array(z.string()).nullish(),
    has_fips: z.boolean().default(false),
    additionalTrustBundle: z
      .object({ hasUserCaBundle: z.boolean().default(false), proxyConfigmapName: z.string().default('') })
      .nullish(),
    container_storage_mountpoint_target: z.string().default(''),
    ingress_certificate_cn: z.string().default(''),
    machine_networks: z.array(z.string()).nullish(),
    lca: extension.optional(),
  })
  .transform(({ node_ip, node_ips, ...info }) => ({
    ...info,
    /** The single address of old seeds (`node_ip`) is the list's only item. */
    node_ips: node_ips ?? (node_ip === '' ? [] : [node_ip]),
    cluster_network_cidr: info.cluster_network_cidr ?? [],
    service_network_cidr: info.service_network_cidr ?? [],
    machine_networks: info.machine_networks ?? [],
    /** Null where the seed does not say, as seeds of 2024 do: then the comparison is skipped. */
    additionalTrustBundle: info.additionalTrustBundle ?? null,
    /** Null in upstream's seeds. */
    lca: info.lca ?? null,
  }));

export type ListedImage = ReadOnly<z.output<typeof listedImage>>;
export type PartSize = ReadOnly<z.output<typeof partSize>>;
export type SeedExtension = ReadOnly<z.output<typeof extension>>;
export type SeedInfo = ReadOnly<z.output<typeof schema>>;

/** A seed of a node without a cluster: every cluster field at rest, to be spread under what is known. */
export const NO_CLUSTER = {
  base_domain: '',
  cluster_name: '',
  node_ips: [],
  release_registry: '',
  mirror_registry_configured: false,
  sno_hostname: '',
  recert_image_pull_spec: '',
  has_proxy: false,
  cluster_network_cidr: [],
  service_network_cidr: [],
  has_fips: false,
  additionalTrustBundle: null,
  container_storage_mountpoint_target: '',
  ingress_certificate_cn: '',
  machine_networks: [],
} as const satisfies Omit<SeedInfo, 'seed_cluster_ocp_version' | 'lca'>;

/**
 * Parses the text of a seed's `manifest.json`, or of the label `com.openshift.lifecycle-agent.seed_cluster_info`.
 *
 * @param file its name in messages
 * @throws ContractError
 */
export function parseSeedInfo(text: string, file: string = SEED_INFO_PATH): SeedInfo {
  return validate(parseJson(file, text), schema, "the seed's manifest");
}

/** Upstream's order. */
const FIELDS = [
  'seed_cluster_ocp_version',
  'base_domain',
  'cluster_name',
  'node_ips',
  'release_registry',
  'mirror_registry_configured',
  'sno_hostname',
  'recert_image_pull_spec',
  'has_proxy',
  'cluster_network_cidr',
  'service_network_cidr',
  'has_fips',
  'additionalTrustBundle',
  'container_storage_mountpoint_target',
  'ingress_certificate_cn',
  'machine_networks',
  'lca',
] as const satisfies readonly (keyof SeedInfo)[];

const ALWAYS_WRITTEN: readonly string[] = ['has_proxy', 'has_fips', 'additionalTrustBundle'];

/** Compact JSON in upstream's field order; empty values are left out except those upstream always writes. */
export function seedInfoText(info: SeedInfo): string {
  const fields = FIELDS.map((name) => [name, info[name]] as const);
  return JSON.stringify(
    Object.fromEntries(fields.filter(([name, value]) => ALWAYS_WRITTEN.includes(name) || !isEmpty(value))),
  );
}

function isEmpty(value: SeedInfo[keyof SeedInfo]): boolean {
  return value === '' || value === false || value === null || (Array.isArray(value) && value.length === 0);
}

/** Reads the seed's manifest of a stateroot; throws ContractError `missing-file` if there is none. */
export async function readSeedInfo(host: Host, path: string = SEED_INFO_PATH): Promise<SeedInfo> {
  const text = await host.readText(path);
  if (text === undefined) {
    throw contractError('missing-file', path, "the seed's manifest is not there", {
      remedy: 'The image is not a seed image, or it was not unpacked; check the pull spec.',
    });
  }
  return parseSeedInfo(text, path);
}

/** Bytes of all parts together. */
export function totalSize(sizes: SeedExtension['sizes']): PartSize {
  let compressed = 0;
  let unpacked = 0;
  for (const part of Object.values(sizes)) {
    compressed += part.compressed;
    unpacked += part.unpacked;
  }
  return { compressed, unpacked };
}
