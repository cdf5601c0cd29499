import { createHash } from 'node:crypto';
import type { Host } from '../../core/host/host.ts';
import type { ReissuePolicy } from '../certificate/reissue-certificate.ts';
import type { ValidityMode } from '../certificate/validity.ts';
import { type Database, STATE_DIR } from '../commit/stage.ts';
import { RecertError } from '../recert-error.ts';
import type { UseCertRule, UseKeyRule } from '../reissue/given-crypto.ts';
import type { RecertConfig } from './config.ts';
import { parseNameRule, readUseCertRule, readUseKeyRule } from './rules.ts';

/** Options after every decision: nothing is optional "just in case". */
export interface RecertInputs {
  readonly database: Database;
  /** Restored into the data directory first. */
  readonly snapshot: string | undefined;
  readonly cryptoDirs: readonly string[];
  readonly cryptoFiles: readonly string[];
  readonly renameDirs: readonly string[];
  readonly renameFiles: readonly string[];
  readonly encryptionConfigs: readonly string[];
  readonly names: ReissuePolicy['names'];
  readonly validity: ValidityMode;
  readonly isIpChangeOnly: boolean;
  readonly useKeys: readonly UseKeyRule[];
  readonly useCerts: readonly UseCertRule[];
  readonly hostname: string | undefined;
  readonly ips: readonly string[];
  /** Empty text: delete the secret. */
  readonly kubeadminPasswordHash: string | undefined;
  readonly sshKeyDir: string | undefined;
  readonly isDryRun: boolean;
  readonly isPostprocessOnly: boolean;
  readonly defragments: boolean;
  /** Earlier values, the write-ahead log and former members of the database go. */
  readonly forgetsHistory: boolean;
  readonly threads: number | undefined;
  readonly summaryFile: string | undefined;
  readonly cleanSummaryFile: string | undefined;
  readonly runId: string | undefined;
  readonly stateDir: string;
  /** What was written, for the summaries and for a platform's own renames. */
  readonly config: RecertConfig;
  /** Hash of what was written: tells one run's inputs from another's. */
  readonly fingerprint: string;
}

/**
 * Decides what a configuration means and reads the keys and certificates it points to.
 *
 * @throws RecertError `bad-option`, `bad-rule`
 */
export async function resolveInputs(config: RecertConfig, host: Host): Promise<RecertInputs> {
  refuseContradictions(config);
  const statics = config.static_dirs ?? [];
  const staticFiles = config.static_files ?? [];
  return {
    database: databaseOf(config),
    snapshot: config.etcd_snapshot,
    cryptoDirs: config.crypto_dirs ?? statics,
    cryptoFiles: config.crypto_files ?? staticFiles,
    renameDirs: config.cluster_customization_dirs ?? statics,
    renameFiles: config.cluster_customization_files ?? staticFiles,
    encryptionConfigs: config.encryption_configs ?? [],
    names: [
      ...(config.domain_replace_rules ?? []).map((rule) => parseNameRule(rule, 'domain')),
      ...(config.cn_san_replace_rules ?? []).map((rule) => parseNameRule(rule, 'exact')),
    ],
    validity: config.extend_expiration ? 'extend' : config.force_expire ? 'expire' : 'keep',
    isIpChangeOnly: config.ip_change_only ?? false,
    useKeys: await Promise.all((config.use_key_rules ?? []).map((rule) => readUseKeyRule(rule, host))),
    useCerts: await Promise.all((config.use_cert_rules ?? []).map((rule) => readUseCertRule(rule, host))),
    hostname: config.hostname,
    ips: [config.ip ?? []].flat(),
    kubeadminPasswordHash: config.kubeadmin_password_hash,
    sshKeyDir: config.regenerate_server_ssh_keys,
    isDryRun: config.dry_run ?? false,
    isPostprocessOnly: config.postprocess_only ?? false,
    defragments: config.etcd_defrag ?? false,
    forgetsHistory: config.etcd_forget_history ?? false,
    threads: config.threads,
    summaryFile: config.summary_file,
    cleanSummaryFile: config.summary_file_clean,
    runId: config.run_id,
    stateDir: config.state_dir ?? STATE_DIR,
    config,
    fingerprint: createHash('sha256').update(JSON.stringify(config)).digest('hex'),
  };
}

function databaseOf(config: RecertConfig): Database {
  if (config.data_dir !== undefined) {
    const image = config.etcd_image === undefined ? {} : { image: config.etcd_image };
    return { dataDir: config.data_dir, ...image };
  }
  return config.etcd_endpoint === undefined ? null : { endpoint: config.etcd_endpoint };
}

const EXCLUSIVE: readonly (readonly [keyof RecertConfig, keyof RecertConfig])[] = [
  ['static_dirs', 'crypto_dirs'],
  ['static_dirs', 'cluster_customization_dirs'],
  ['static_files', 'crypto_files'],
  ['static_files', 'cluster_customization_files'],
  ['extend_expiration', 'force_expire'],
  ['dry_run', 'extend_expiration'],
  ['dry_run', 'force_expire'],
  ['dry_run', 'etcd_defrag'],
  ['dry_run', 'etcd_forget_history'],
  ['dry_run', 'regenerate_server_ssh_keys'],
  ['etcd_endpoint', 'data_dir'],
];

/** Belong to OpenShift's own renames, which are not built yet: refused rather than silently skipped. */
const OPENSHIFT_ONLY: readonly (keyof RecertConfig)[] = [
  'cluster_rename',
  'proxy',
  'install_config',
  'pull_secret',
  'user_ca_bundle',
  'proxy_trusted_ca_bundle',
  'machine_network_cidr',
  'chrony_config',
];

function refuseContradictions(config: RecertConfig): void {
  const isSet = (key: keyof RecertConfig): boolean => config[key] !== undefined && config[key] !== false;
  const faults = EXCLUSIVE.filter(([a, b]) => isSet(a) && isSet(b)).map(
    ([a, b]) => `${a} and ${b} exclude each other`,
  );
  if (config.ip_change_only && (config.cn_san_replace_rules ?? []).length === 0) {
    faults.push('ip_change_only needs cn_san_replace_rules');
  }
  for (const key of ['etcd_snapshot', 'etcd_forget_history'] as const)
    if (isSet(key) && !isSet('data_dir')) faults.push(`${key} needs data_dir`);
  const missing = OPENSHIFT_ONLY.filter((key) => isSet(key) && config[key] !== '');
  faults.push(...missing.map((key) => `${key} is an OpenShift rename this version does not make`));
  if (faults.length > 0) {
    throw new RecertError('bad-option', `The options cannot be used together: ${faults.join('; ')}.`, {
      faults,
    });
  }
}
