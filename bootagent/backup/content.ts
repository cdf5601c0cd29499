import type { ObjectRef } from '../../core/contract/image-based-upgrade.ts';
import { type ConfigMap, readObjects } from '../../core/contract/objects.ts';
import { parseYamlDocuments, type Source } from '../../core/contract/source.ts';
import { type Backup, parseBackup } from '../../core/contract/velero/backup.ts';
import {
  type BackupStorageLocation,
  parseBackupStorageLocation,
} from '../../core/contract/velero/backup-storage-location.ts';
import {
  type PassedBackup,
  type PassedRestore,
  parsePassedBackup,
  parsePassedRestore,
} from '../../core/contract/velero/passed-on.ts';
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

/** What Velero is asked to do. */
export interface PassedContent {
  readonly backups: readonly PassedBackup[];
  readonly restores: readonly PassedRestore[];
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

interface Named {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Restoring extends Named {
  readonly spec: { readonly backupName: string };
}

/** How closely documents are looked at; a kind without a parser is passed over. */
interface Parsers<B extends Named, R extends Restoring, L> {
  readonly Backup: (source: Source) => B;
  readonly Restore: (source: Source) => R;
  readonly BackupStorageLocation?: (source: Source) => L;
}

/** @returns what lca's own engine is asked for, looked at field by field. @throws as `readContentWith` does */
export function readBackupContent(host: Host, refs: readonly ObjectRef[]): Promise<BackupContent> {
  return readContentWith(host, refs, {
    Backup: parseBackup,
    Restore: parseRestore,
    BackupStorageLocation: parseBackupStorageLocation,
  });
}

/** @returns the same for Velero, whose own API judges what is in them. @throws as `readContentWith` does */
export function readPassedContent(host: Host, refs: readonly ObjectRef[]): Promise<PassedContent> {
  return readContentWith(host, refs, { Backup: parsePassedBackup, Restore: parsePassedRestore });
}

/**
 * Reads the ConfigMaps of `spec.oadpContent` and checks what can be checked without looking at the node: every document
 * is well formed, waves are numbers, and Backups and Restores come in pairs. Other kinds are passed over, keys are read
 * in order of their names, ConfigMaps named twice once (backup-restore.md 1.2, 1.3).
 *
 * @throws BackupError `content-refused`; ContractError for a file below objects/ that cannot be read
 */
async function readContentWith<B extends Named, R extends Restoring, L>(
  host: Host,
  refs: readonly ObjectRef[],
  parsers: Parsers<B, R, L>,
): Promise<{
  readonly backups: readonly B[];
  readonly restores: readonly R[];
  readonly locations: readonly L[];
}> {
  if (refs.length === 0) return { backups: [], restores: [], locations: [] };
  const objects = await readObjects(host);
  const maps = new Map<string, ConfigMap>();
  for (const [index, ref] of refs.entries()) {
    const map = found(() => objects.configMap(ref, `spec.oadpContent[${index}]`));
    maps.set(`${map.namespace}/${map.name}`, map);
  }
  const backups: B[] = [];
  const restores: R[] = [];
  const locations: L[] = [];
  for (const source of [...maps.values()].flatMap((map) => documentsOf(map))) {
    const { kind, apiVersion } = headOf(source);
    if (!String(apiVersion).startsWith('velero.io/')) continue; // another API's Backup
    if (kind === 'Backup') backups.push(parsed(source, kind, parsers.Backup));
    else if (kind === 'Restore') restores.push(parsed(source, kind, parsers.Restore));
    else if (kind === 'BackupStorageLocation' && parsers.BackupStorageLocation !== undefined)
      locations.push(parsedLocation(source, parsers.BackupStorageLocation));
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

function parsed<Resource extends Named>(
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

function parsedLocation<L>(source: Source, parse: (source: Source) => L): L {
  try {
    return parse(source);
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

function checkPairs(backups: readonly Named[], restores: readonly Restoring[]): void {
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
