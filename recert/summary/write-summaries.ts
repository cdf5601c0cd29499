import { stringify } from 'yaml';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import {
  type CertificateView,
  extensionOf,
  nameText,
  OIDS,
  readCertificate,
  readGeneralNames,
} from '../codec/der/index.ts';
import { printLocation } from '../codec/nested/index.ts';
import { encodePem } from '../codec/pem/index.ts';
import { latin1 } from '../codec/text.ts';
import type { Graph } from '../graph/graph.ts';
import type { Occurrence } from '../inventory/inventory.ts';
import type { RecertConfig } from '../options/config.ts';
import type { RecertInputs } from '../options/inputs.ts';
import type { RecertResult } from '../recert.ts';
import type { Reissued } from '../reissue/reissue.ts';

const REDACTED = '<redacted>';

/** Options that are or may hold a secret. */
const SECRET_OPTIONS: readonly (keyof RecertConfig)[] = [
  'use_key_rules',
  'pull_secret',
  'install_config',
  'kubeadmin_password_hash',
  'kube_encryption_config',
  'openshift_encryption_config',
  'oauth_encryption_config',
  'proxy',
];

/** Upstream's names of the phases. */
const TIMES: Readonly<Record<string, string>> = {
  scan_run_time: 'scan',
  rsa_run_time: 'processing',
  processing_run_time: 'processing',
  commit_to_etcd_and_disk_run_time: 'stage',
  ocp_postprocessing_run_time: 'rename',
  commit_to_actual_etcd_run_time: 'commit',
};

/** Writes the summary files that were asked for, after success and after failure: the full one and the redacted one. */
export async function writeSummaries(
  host: Host,
  inputs: RecertInputs,
  result: RecertResult | undefined,
  failure: unknown,
): Promise<void> {
  const { summaryFile, cleanSummaryFile } = inputs;
  if (summaryFile !== undefined) {
    await host.writeAtomic(summaryFile, stringify(summary(inputs, result, failure, false)), { mode: 0o600 });
  }
  if (cleanSummaryFile !== undefined) {
    await host.writeAtomic(cleanSummaryFile, stringify(summary(inputs, result, failure, true)), {
      mode: 0o644,
    });
  }
}

/** The summary as data, under upstream's keys. */
export function summary(
  { config }: RecertInputs,
  result: RecertResult | undefined,
  failure: unknown,
  isClean: boolean,
): unknown {
  const made = result?.made;
  return {
    cluster_crypto: made === undefined ? null : clusterCrypto(made.graph, made.reissued, isClean),
    recert_config: isClean ? withoutSecrets(config) : config,
    logs: result?.warnings ?? [],
    run_times: Object.fromEntries(
      Object.entries(TIMES).map(([name, phase]) => {
        const seconds = result?.times[phase];
        return [name, seconds === undefined ? null : `${seconds.toFixed(3)}s`];
      }),
    ),
    error: failure === undefined ? null : messageOf(failure),
  };
}

function withoutSecrets(config: RecertConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      SECRET_OPTIONS.includes(key as keyof RecertConfig) ? REDACTED : value,
    ]),
  );
}

function clusterCrypto(graph: Graph, reissued: Reissued, isClean: boolean): unknown {
  const secret = (text: string | undefined): string | null =>
    text === undefined ? null : isClean ? REDACTED : text;
  const holding = Map.groupBy(graph.certificates.values(), ({ keyId }) => keyId ?? '');
  return {
    standalone_private_keys: graph.keys
      .values()
      .filter(({ id, item, fate }) => fate === 'reissue' && item?.key.type === 'private' && !holding.has(id))
      .map(({ id, item }) => ({
        key: secret(item?.key.export({ type: 'pkcs8', format: 'pem' })),
        key_regenerated: secret(
          reissued.keys.get(id)?.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        ),
        locations: places(item?.privateAt),
      }))
      .toArray(),
    standalone_public_keys: graph.keys
      .values()
      .filter(({ fate, item }) => fate === 'reissue' && (item?.publicAt.length ?? 0) > 0)
      .map(({ id, item }) => ({
        key: id,
        key_regenerated: reissued.keys.get(id)?.publicKey.export({ type: 'spki', format: 'pem' }),
        locations: places(item?.publicAt),
        associated: item?.key.type === 'private' || holding.has(id),
      }))
      .toArray(),
    cert_key_pairs: graph.certificates
      .values()
      .filter(({ fate }) => fate === 'reissue')
      .map(({ item, keyId, signerId }) => {
        const again = reissued.certificates.get(item.id);
        const key = keyId === undefined ? undefined : graph.keys.get(keyId)?.item;
        return {
          pair_private_key:
            key?.key.type === 'private' ? secret(key.key.export({ type: 'pkcs8', format: 'pem' })) : null,
          pair_cert: {
            certificate: describe(item.view),
            certificate_regenerated: again === undefined ? null : describe(readCertificate(again)),
            locations: places(item.occurrences),
          },
          signer: signerId,
        };
      })
      .toArray(),
    tokens: graph.tokens
      .values()
      .map(({ item, fate }) => ({
        jwt: secret(item.token),
        jwt_regenerated: secret(reissued.tokens.get(item.id)),
        fate,
        locations: places(item.occurrences),
      }))
      .toArray(),
  };
}

function describe(view: CertificateView): unknown {
  const names = extensionOf(view, OIDS.subjectAltName);
  return {
    issuer: nameText(view.issuer),
    subject: nameText(view.subject),
    validity_start: latin1(view.notBefore.content),
    validity_end: latin1(view.notAfter.content),
    sans:
      names === undefined
        ? []
        : readGeneralNames(names.value.inside()).map(({ kind, text }) => `${kind}:${text}`),
    pem: Buffer.from(encodePem('CERTIFICATE', view.root.raw)).toString('base64'),
  };
}

function places(occurrences: readonly Occurrence[] | undefined): readonly string[] {
  return (occurrences ?? []).map(({ location }) => printLocation(location));
}
