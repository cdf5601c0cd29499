import { gzipSync } from 'node:zlib';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { restoreKey } from './layout.ts';
import type { RestoreOutcome } from './resources/restore-resources.ts';
import { timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';

/**
 * Stores what became of each item of a Restore, for whoever looks into the store afterwards. Where that is not possible it
 * is noted, and no more: what was restored is in the cluster without it.
 */
export async function storeResults(
  { host, note, signal }: Pick<StageContext, 'host' | 'note' | 'signal'>,
  store: BackupStore,
  restore: string,
  started: string,
  outcome: RestoreOutcome,
): Promise<void> {
  try {
    for (const [file, text] of filesOf(restore, started, timestamp(host), outcome))
      await store.put(restoreKey(restore, file), gzipSync(text));
  } catch (error) {
    signal.throwIfAborted();
    await note('decision', `The results of Restore ${restore} could not be stored: ${messageOf(error)}`);
  }
}

function filesOf(
  name: string,
  started: string,
  ended: string,
  { resourceList, warnings, errors }: RestoreOutcome,
): readonly (readonly [file: string, text: string])[] {
  const result = (texts: readonly string[]) => (texts.length === 0 ? {} : { cluster: texts });
  const line = (level: string, text: string) =>
    `time="${ended}" level=${level} msg=${JSON.stringify(text)} restore=${name}\n`;
  const log = [
    `time="${started}" level=info msg="Began" restore=${name}\n`,
    ...warnings.map((text) => line('warning', text)),
    ...errors.map((text) => line('error', text)),
  ].join('');
  const results = { warnings: result(warnings), errors: result(errors) };
  return [
    [`restore-${name}-resource-list.json.gz`, JSON.stringify(resourceList)],
    [`restore-${name}-itemoperations.json.gz`, '[]'],
    [`${name}-volumeinfo.json.gz`, '[]'],
    [`restore-${name}-results.gz`, JSON.stringify(results)],
    [`restore-${name}-logs.gz`, log],
  ];
}
