import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { contractError } from './contract-error.ts';
import { SEED_RECONFIGURATION_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

const cryptoRetention = z
  .object({
    KubeAPICrypto: z
      .object({
        ServingCrypto: z
          .object({
            localhost_signer_private_key: text,
            service_network_signer_private_key: text,
            loadbalancer_external_signer_private_key: text,
          })
          .prefault({}),
        ClientAuthCrypto: z.object({ admin_ca_certificate: text }).prefault({}),
      })
      .prefault({}),
    /** Three s, as upstream spells it. */
    IngresssCrypto: z.object({ ingress_ca: text, ingress_certificate_cn: text }).prefault({}),
  })
  .prefault({});

const proxy = z
  .object({ httpProxy: text, httpsProxy: text, noProxy: text })
  .nullish()
  .transform((value) => value ?? null);

const hostKey = z.object({
  /** A name, never a path. */
  file_name: z.string().regex(/^[\w.-]+$/, 'must be a plain file name'),
  file_content: z.string(),
});

/** An authority that the site's kubeconfigs depend on. */
const signer = z.strictObject({
  roles: z.array(z.enum(['server', 'clients'])),
  common_name: z.string().min(1),
  /** PEM. */
  certificate: z.string().min(1),
  private_key: z.string().min(1),
});

/** A key file below a home directory, where sshd and Ignition look for them, and nowhere else. */
const keyFileName = z
  .string()
  .regex(
    /^\.ssh\/authorized_keys(?:2|\.d\/(?!\.{1,2}$)[^/\0]+)?$/,
    'must be .ssh/authorized_keys, .ssh/authorized_keys2 or a file of .ssh/authorized_keys.d',
  );

const keyFile = z.preprocess(
  // the text alone: readable by nobody but the user
  (value) => (typeof value === 'string' ? { text: value } : value),
  z.strictObject({
    text: z.string(),
    mode: z.int().min(0).max(0o777).default(0o600),
    /** sshd believes files of these two only (sshd_config(5), StrictModes). */
    owner: z.enum(['user', 'root']).default('user'),
  }),
);

const siteCluster = z.strictObject({ signers: z.array(signer) });

/** What lca adds under the key `lca`, and strict, since it is ours. */
const hostIdentity = z.strictObject({
  /** A name of the zone database: `Europe/Berlin`; empty: the system's own. */
  timezone: text,
  /** 32 hexadecimal digits; empty: the new system makes its own. */
  machine_id: z
    .string()
    .regex(/^([0-9a-f]{32})?$/, 'must be 32 hexadecimal digits')
    .default(''),
  /** Key files by user name and path below the home directory: `{ core: { '.ssh/authorized_keys': { text: '…' } } }`. */
  authorized_keys: z.record(z.string(), z.record(keyFileName, keyFile)).default({}),
  /** Lines of /etc/environment that set a proxy. */
  proxy_environment: texts,
  /** Paths that were carried over with their data. */
  carry_over: texts,
  /** Of a node with a Kubernetes cluster of its own. */
  cluster: siteCluster.nullable().default(null),
});

/** Fields have upstream's names, since other tools write this file too (config drives); unknown ones are tolerated. */
const schema = z
  .object({
    api_version: z.literal(1),
    base_domain: text,
    cluster_name: text,
    cluster_id: text,
    infra_id: text,
    node_ip: text,
    node_ips: texts,
    release_registry: text,
    hostname: text,
    KubeconfigCryptoRetention: cryptoRetention,
    ssh_key: text,
    server_ssh_keys: z
      .array(hostKey)
      .nullish()
      .transform((value) => value ?? []),
    kubeadmin_password_hash: text,
    raw_nm_state_config: text,
    pull_secret: text,
    machine_network: text,
    machine_networks: texts,
    proxy,
    status_proxy: proxy,
    install_config: text,
    chrony_config: text,
    additionalTrustBundle: z
      .object({ userCaBundle: text, proxyConfigmapName: text, proxyConfigmapBundle: text })
      .prefault({}),
    node_labels: z
      .record(z.string(), z.string())
      .nullish()
      .transform((value) => value ?? {}),
    lca: hostIdentity.prefault({}),
  })
  // The single values of old files are the lists' only items.
  .transform(({ node_ip, machine_network, ...rest }) => ({
    ...rest,
    node_ips: rest.node_ips.length > 0 || node_ip === '' ? rest.node_ips : [node_ip],
    machine_networks:
      rest.machine_networks.length > 0 || machine_network === '' ? rest.machine_networks : [machine_network],
  }));

/** Who this node is: identity and configuration that the new stateroot takes on at its first boot. Full of secrets. */
export type SeedReconfiguration = ReadOnly<z.output<typeof schema>>;

/** By user name and path below the home directory. */
export type AuthorizedKeys = SeedReconfiguration['lca']['authorized_keys'];
export type KeyFile = AuthorizedKeys[string][string];

/** A reconfiguration that changes nothing, to be spread under what is known. */
export const NO_RECONFIGURATION: SeedReconfiguration = schema.parse({ api_version: 1 });

/** Parses the text of site/manifest.json; throws ContractError, which never quotes the text. */
export function parseSeedReconfiguration(
  json: string,
  file: string = SEED_RECONFIGURATION_PATH,
): SeedReconfiguration {
  return validate(parseJson(file, json), schema, 'the seed reconfiguration');
}

export function seedReconfigurationText(value: SeedReconfiguration): string {
  return JSON.stringify(value);
}

/** Reads the node's identity; throws ContractError `missing-file` if there is none. */
export async function readSeedReconfiguration(
  host: Host,
  path: string = SEED_RECONFIGURATION_PATH,
): Promise<SeedReconfiguration> {
  const json = await host.readText(path);
  if (json === undefined) {
    throw contractError('missing-file', path, "the node's configuration for its first boot is not there", {
      remedy: 'Run the Upgrade stage, or attach a config drive labelled cluster-config.',
    });
  }
  return parseSeedReconfiguration(json, path);
}

/** Writes the identity, readable by root only. */
export async function writeSeedReconfiguration(
  host: Host,
  value: SeedReconfiguration,
  path: string = SEED_RECONFIGURATION_PATH,
): Promise<void> {
  await host.writeAtomic(path, seedReconfigurationText(value), { mode: 0o600 });
}
