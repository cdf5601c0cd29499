import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../core/errors/lca-error.ts';
import { RecertError } from '../recert-error.ts';

const TEXTS = z.array(z.string());
const ONE_OR_TWO = z.union([z.string(), z.array(z.string()).max(2, 'at most two (dual stack)')]);

/** The configuration file's keys: upstream's, so that existing callers' files work, and lca's own at the end. */
const CONFIG = z
  .strictObject({
    etcd_endpoint: z.string(),
    crypto_dirs: TEXTS,
    crypto_files: TEXTS,
    cluster_customization_dirs: TEXTS,
    cluster_customization_files: TEXTS,
    static_dirs: TEXTS,
    static_files: TEXTS,
    cn_san_replace_rules: TEXTS,
    ip_change_only: z.boolean(),
    use_key_rules: TEXTS,
    use_cert_rules: TEXTS,
    extend_expiration: z.boolean(),
    force_expire: z.boolean(),
    cluster_rename: z.string(),
    hostname: z.string(),
    ip: ONE_OR_TWO,
    proxy: z.string(),
    install_config: z.string(),
    kubeadmin_password_hash: z.string(),
    pull_secret: z.string(),
    user_ca_bundle: z.string(),
    proxy_trusted_ca_bundle: z.string(),
    machine_network_cidr: ONE_OR_TWO,
    chrony_config: z.string(),
    kube_encryption_config: z.string(),
    openshift_encryption_config: z.string(),
    oauth_encryption_config: z.string(),
    regenerate_server_ssh_keys: z.string(),
    summary_file: z.string(),
    summary_file_clean: z.string(),
    dry_run: z.boolean(),
    postprocess_only: z.boolean(),
    etcd_defrag: z.boolean(),
    threads: z.int().positive(),
    /** Start a private etcd on this data directory instead of using an endpoint. */
    data_dir: z.string(),
    /** Make that data directory from this snapshot first. */
    etcd_snapshot: z.string(),
    /** Run the etcd of this container image. */
    etcd_image: z.string(),
    /** `old,new` or `old:new`: a DNS suffix in certificate names. */
    domain_replace_rules: TEXTS,
    /** At the end, leave nothing in that data directory but what its keys hold now. */
    etcd_forget_history: z.boolean(),
    /** Where encryption at rest is configured, if not below the crypto directories. */
    encryption_configs: TEXTS,
    /** A run of the same name that has ended is not repeated. */
    run_id: z.string(),
    /** Where the run keeps its staged changes and its ledger. */
    state_dir: z.string(),
  })
  .partial();

/** Options as a user wrote them. */
export type RecertConfig = z.infer<typeof CONFIG>;

/**
 * Reads a configuration file: YAML, and so JSON too.
 *
 * @throws RecertError `bad-option`, naming every wrong key
 */
export function parseConfig(text: string, path: string): RecertConfig {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw new RecertError('bad-option', `${path} is not YAML: ${messageOf(cause)}`, { cause });
  }
  return checkConfig(value, path);
}

/** Checks options that came another way (flags, another part of lca). @throws RecertError `bad-option` */
export function checkConfig(value: unknown, from: string): RecertConfig {
  const checked = CONFIG.safeParse(value);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new RecertError('bad-option', `${from} cannot be used: ${faults.join('; ')}.`, {
    faults,
    remedy: 'Compare its keys with the list of "lca recert --help".',
  });
}
