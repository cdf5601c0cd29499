import type { ObjectRef } from '../../core/contract/image-based-upgrade.ts';
import { type ConfigMap, readObjects } from '../../core/contract/objects.ts';
import { parseYamlDocuments, type Source } from '../../core/contract/source.ts';
import { type Backup, parseBackup } from '../../core/contract/velero/backup.ts';
import {
  type BackupStorageLocation,
  parseBackupStorageLocation,
} from '../../core/contract/velero/backup-storage-location.ts';
import { parseRestore, type Restore } from '../../core/contract/velero/restore.ts';
import { messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { BackupError } from './backup-error.ts';
import { isWave, WAVE_ANNOTATION } from './waves.ts';

/** The Backups and Restores that the request's ConfigMaps hold. */
export interface BackupContent {
  readonly backups: readonly Backup[];
  readonly restores: readonly Restore[];
  /** Buckets that Backups may name. */
  readonly locations: readonly BackupStorageLocation[];
}

const PREFIX = 'failed to validate IBU spec: failed to validate oadp configMap: ';

/** A refusal of the ConfigMaps; its text begins as upstream's does. */
export function contentRefused(
  text: string,
  details: { readonly cause?: unknown; readonly remedy?: string } = {},
): BackupError {
  const remedy = details.remedy ?? remedyOf(details.cause);
  return new BackupError('content-refused', `${PREFIX}${text}`, {
    ...(details.cause === undefined ? {} : { cause: details.cause }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/**
 * Reads the ConfigMaps of `spec.oadpContent` and checks what can be checked without looking at the node: every document
 * is well formed, waves are numbers, and Backups and Restores come in pairs. Kinds other than Backup, Restore and
 * BackupStorageLocation are passed over, keys are read in order of their names, ConfigMaps named twice once (backup-restore.md 1.2, 1.3).
 *
 * @throws BackupError `content-refused`; ContractError for a file below objects/ that cannot be read
 */
export async function readBackupContent(host: Host, refs: readonly ObjectRef[]): Promise<BackupContent> {
  if (refs.length === 0) return { backups: [], restores: [], locations: [] };
  const objects = await readObjects(host);
  const maps = new Map<string, ConfigMap>();
  for (const [index, ref] of refs.entries()) {
    const map = found(() => objects.configMap(ref, `spec.oadpContent[${index}]`));
    maps.set(`${map.namespace}/${map.name}`, map);
  }
  const backups: Backup[] = [];
  const restores: Restore[] = [];
  const locations: BackupStorageLocation[] = [];
  for (const source of [...maps.values()].flatMap((map) => documentsOf(map))) {
    const { kind, apiVersion } = headOf(source);
    if (kind !== 'Backup' && kind !== 'Restore' && kind !== 'BackupStorageLocation') continue;
    if (!String(apiVersion).startsWith('velero.io/')) continue; // another API's Backup
    if (kind === 'Backup') backups.push(parsed(source, kind, parseBackup));
    else if (kind === 'BackupStorageLocation') locations.push(parsedLocation(source));
    else restores.push(parsed(source, kind, parseRestore));
  }
  checkPairs(backups, restores);
  return { backups, restores, locations };
}

function found(look: () => ConfigMap): ConfigMap {
  try {
    return look();
  } catch (cause) {
    throw contentRefused(`OADP configmap not found, error: ${clause(cause)}. Please create the configmap.`, {
      cause,
    });
  }
}

/** The documents of all keys; each says in messages which key of which ConfigMap it comes from. */
function documentsOf({ data, file, namespace, name }: ConfigMap): readonly Source[] {
  return Object.keys(data)
    .toSorted()
    .flatMap((key) => {
      const place = `${file} (ConfigMap ${namespace}/${name}, key ${key})`;
      try {
        return parseYamlDocuments(place, data[key] ?? '');
      } catch (cause) {
        throw contentRefused(`failed to decode file: ${messageOf(cause)}`, { cause });
      }
    });
}

function headOf(source: Source): { readonly kind: string; readonly apiVersion: unknown } {
  const value = source.value as { readonly kind?: unknown; readonly apiVersion?: unknown } | null;
  const kind = value?.kind;
  if (typeof kind === 'string' && kind !== '') return { kind, apiVersion: value?.apiVersion };
  const at = source.locate([]);
  const place = at === undefined ? source.file : `${source.file}:${at.line}`;
  throw contentRefused(`failed to decode file: ${place}: Object 'Kind' is missing`, {
    remedy: 'Write apiVersion and kind into the document, or remove it.',
  });
}

function parsed<Resource extends Backup | Restore>(
  source: Source,
  kind: 'Backup' | 'Restore',
  parse: (source: Source) => Resource,
): Resource {
  let resource: Resource;
  try {
    resource = parse(source);
  } catch (cause) {
    throw invalid(kind, nameIn(source), clause(cause), { cause });
  }
  const wave = resource.annotations[WAVE_ANNOTATION];
  if (isWave(wave)) return resource;
  throw contentRefused(
    `error convert: annotation ${WAVE_ANNOTATION} of ${kind} ${resource.name} is no whole number: ${JSON.stringify(wave)}`,
    { remedy: 'Write a whole number in quotes, such as "2", or remove the annotation.' },
  );
}

function parsedLocation(source: Source): BackupStorageLocation {
  try {
    return parseBackupStorageLocation(source);
  } catch (cause) {
    throw contentRefused(
      `Invalid BackupStorageLocation ${nameIn(source)} detected in configmap, error: ${clause(cause)}`,
      { cause },
    );
  }
}

/** The documented sentence about a Backup or Restore that is not valid. */
export function invalid(
  kind: 'Backup' | 'Restore',
  name: string,
  why: string,
  details: { readonly cause?: unknown; readonly remedy?: string } = {},
): BackupError {
  const spoken = kind === 'Backup' ? 'backup' : 'Restore';
  return contentRefused(
    `Invalid ${spoken} ${name} detected in configmap, error: ${why}. Please update the invalid ${kind} in configmap.`,
    details,
  );
}

function nameIn({ value, file }: Source): string {
  const { metadata } = value as { readonly metadata?: { readonly name?: unknown } | null };
  return typeof metadata?.name === 'string' ? metadata.name : `without a name (${file})`;
}

function checkPairs(backups: readonly Backup[], restores: readonly Restore[]): void {
  for (const [kind, all] of [
    ['Backup', backups],
    ['Restore', restores],
  ] as const) {
    const twice = all.find(({ name }, at) => all.findIndex((other) => other.name === name) !== at);
    if (twice !== undefined) throw invalid(kind, twice.name, 'the name is given twice');
  }
  const known = new Set(backups.map(({ name }) => name));
  const orphan = restores.find(({ spec }) => !known.has(spec.backupName));
  if (orphan !== undefined) {
    throw contentRefused(
      `The backup CR ${orphan.spec.backupName} defined in restore CR ${orphan.name} not found in OADP configmaps`,
      { remedy: `Correct spec.backupName of Restore ${orphan.name}, or add the Backup.` },
    );
  }
  const restored = new Set(restores.map(({ spec }) => spec.backupName));
  if (backups.length === 0 || restores.length !== backups.length || restored.size !== known.size) {
    throw contentRefused(
      'Both backup and restore CRs should be specified in OADP configmaps and each backup CR should be paired with a corresponding restore CR.',
      { remedy: 'Give each Backup exactly one Restore whose spec.backupName names it.' },
    );
  }
}

/** A message as a part of a longer sentence. */
function clause(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}
