import type { Command } from 'commander';
import type { Host } from '../core/host/host.ts';
import { checkConfig, parseConfig, type RecertConfig } from '../recert/options/config.ts';
import { CommandError } from './exit-codes.ts';

/** A flag of the command line and the key of the configuration file it stands for. */
interface Flag {
  readonly flag: string;
  readonly key: keyof RecertConfig;
  readonly what: string;
  readonly kind: 'text' | 'list' | 'switch' | 'number' | 'one-or-more';
}

const FLAGS: readonly Flag[] = [
  {
    flag: 'data-dir <dir>',
    key: 'data_dir',
    kind: 'text',
    what: 'start a private etcd on this data directory',
  },
  {
    flag: 'etcd-snapshot <file>',
    key: 'etcd_snapshot',
    kind: 'text',
    what: 'make the data directory from this snapshot first',
  },
  {
    flag: 'etcd-image <image>',
    key: 'etcd_image',
    kind: 'text',
    what: 'run the etcd of this container image',
  },
  {
    flag: 'etcd-endpoint <host:port>',
    key: 'etcd_endpoint',
    kind: 'text',
    what: 'use this etcd (no TLS, no authentication)',
  },
  {
    flag: 'crypto-dir <dir>',
    key: 'crypto_dirs',
    kind: 'list',
    what: 'tree to search for crypto (repeatable)',
  },
  {
    flag: 'crypto-file <file>',
    key: 'crypto_files',
    kind: 'list',
    what: 'file to search for crypto, whatever its name (repeatable)',
  },
  {
    flag: 'cluster-customization-dir <dir>',
    key: 'cluster_customization_dirs',
    kind: 'list',
    what: 'tree the renames search (repeatable)',
  },
  {
    flag: 'cluster-customization-file <file>',
    key: 'cluster_customization_files',
    kind: 'list',
    what: 'file offered to the renames (repeatable)',
  },
  {
    flag: 'static-dir <dir>',
    key: 'static_dirs',
    kind: 'list',
    what: 'deprecated: both kinds of tree (repeatable)',
  },
  {
    flag: 'static-file <file>',
    key: 'static_files',
    kind: 'list',
    what: 'deprecated: both kinds of file (repeatable)',
  },
  {
    flag: 'cn-san-replace <old:new>',
    key: 'cn_san_replace_rules',
    kind: 'list',
    what: 'replace a name or address in certificates; old,new where it holds colons (repeatable)',
  },
  {
    flag: 'domain-replace <old:new>',
    key: 'domain_replace_rules',
    kind: 'list',
    what: 'replace a domain and all names below it in certificates (repeatable)',
  },
  {
    flag: 'ip-change-only',
    key: 'ip_change_only',
    kind: 'switch',
    what: 'only certificate trees that a rule changes',
  },
  {
    flag: 'use-key <CN:path>',
    key: 'use_key_rules',
    kind: 'list',
    what: 'give certificates of that name this private key (repeatable)',
  },
  {
    flag: 'use-cert <path>',
    key: 'use_cert_rules',
    kind: 'list',
    what: 'put this certificate where one of its name is (repeatable)',
  },
  {
    flag: 'extend-expiration',
    key: 'extend_expiration',
    kind: 'switch',
    what: 'validity from now on, as long as before',
  },
  {
    flag: 'force-expire',
    key: 'force_expire',
    kind: 'switch',
    what: 'validity until now, as long as before',
  },
  { flag: 'hostname <name>', key: 'hostname', kind: 'text', what: 'new name of the node' },
  {
    flag: 'ip <address>',
    key: 'ip',
    kind: 'one-or-more',
    what: 'new address of the node (twice for dual stack, in order)',
  },
  {
    flag: 'cluster-rename <name:domain[:id]>',
    key: 'cluster_rename',
    kind: 'text',
    what: "OpenShift's cluster rename",
  },
  { flag: 'proxy <six|fields>', key: 'proxy', kind: 'text', what: "OpenShift's proxy settings" },
  { flag: 'install-config <text>', key: 'install_config', kind: 'text', what: "OpenShift's install-config" },
  {
    flag: 'kubeadmin-password-hash <hash>',
    key: 'kubeadmin_password_hash',
    kind: 'text',
    what: 'bcrypt hash to store; empty: delete the secret',
  },
  { flag: 'pull-secret <json>', key: 'pull_secret', kind: 'text', what: "OpenShift's global pull secret" },
  { flag: 'user-ca-bundle <path>', key: 'user_ca_bundle', kind: 'text', what: "OpenShift's user CA bundle" },
  {
    flag: 'proxy-trusted-ca-bundle <name:path>',
    key: 'proxy_trusted_ca_bundle',
    kind: 'text',
    what: "OpenShift's proxy CA bundle",
  },
  {
    flag: 'machine-network-cidr <cidr>',
    key: 'machine_network_cidr',
    kind: 'one-or-more',
    what: "OpenShift's machine network",
  },
  { flag: 'chrony-config <text>', key: 'chrony_config', kind: 'text', what: "OpenShift's chrony.conf" },
  {
    flag: 'kube-encryption-config <json-or-path>',
    key: 'kube_encryption_config',
    kind: 'text',
    what: 'EncryptionConfiguration to re-encrypt with; without it every key gets a new secret',
  },
  {
    flag: 'openshift-encryption-config <json-or-path>',
    key: 'openshift_encryption_config',
    kind: 'text',
    what: 'likewise for openshift-apiserver',
  },
  {
    flag: 'oauth-encryption-config <json-or-path>',
    key: 'oauth_encryption_config',
    kind: 'text',
    what: 'likewise for oauth-apiserver',
  },
  {
    flag: 'encryption-config <file>',
    key: 'encryption_configs',
    kind: 'list',
    what: 'where encryption at rest is configured, if not below the trees (repeatable)',
  },
  {
    flag: 'regenerate-server-ssh-keys <dir>',
    key: 'regenerate_server_ssh_keys',
    kind: 'text',
    what: 'new SSH host keys there',
  },
  { flag: 'summary-file <file>', key: 'summary_file', kind: 'text', what: 'summary with secrets' },
  {
    flag: 'summary-file-clean <file>',
    key: 'summary_file_clean',
    kind: 'text',
    what: 'summary without any secret',
  },
  { flag: 'dry-run', key: 'dry_run', kind: 'switch', what: 'compute everything, write nothing' },
  { flag: 'postprocess-only', key: 'postprocess_only', kind: 'switch', what: 'renames only, no crypto' },
  { flag: 'etcd-defrag', key: 'etcd_defrag', kind: 'switch', what: 'defragment the database at the end' },
  {
    flag: 'etcd-forget-history',
    key: 'etcd_forget_history',
    kind: 'switch',
    what: 'leave nothing in the data directory but what its keys hold now',
  },
  { flag: 'threads <n>', key: 'threads', kind: 'number', what: 'keys made at once; default: one per core' },
  {
    flag: 'run-id <id>',
    key: 'run_id',
    kind: 'text',
    what: 'a run of this id that has ended is not repeated',
  },
  {
    flag: 'state-dir <dir>',
    key: 'state_dir',
    kind: 'text',
    what: 'where the run keeps its stage and ledger',
  },
];

/** Gives a command the flags of every key of the configuration file. */
export function addFlags(made: Command): void {
  for (const { flag, what, kind } of FLAGS) {
    if (kind === 'list' || kind === 'one-or-more') made.option(`--${flag}`, what, collect);
    else made.option(`--${flag}`, what);
  }
}

/** RECERT_CONFIG or --config, or the flags; never both. */
export async function configOf(flags: Readonly<Record<string, unknown>>, host: Host): Promise<RecertConfig> {
  const path = typeof flags['config'] === 'string' ? flags['config'] : process.env['RECERT_CONFIG'];
  const given = FLAGS.flatMap(({ flag, key, kind }) => {
    const value = flags[camelCase(flag.split(' ', 1)[0] as string)];
    return value === undefined ? [] : [[key, kind === 'number' ? Number(value) : value]];
  });
  if (path === undefined) return checkConfig(Object.fromEntries(given), 'The command line');
  if (given.length > 0) {
    throw new CommandError('usage', `With the configuration file ${path} no other option is taken.`);
  }
  const text = await host.readText(path);
  if (text === undefined) throw new CommandError('usage', `The configuration file ${path} does not exist.`);
  return parseConfig(text, path);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
