import type { Host } from '../../core/host/host.ts';
import type { OpenDatabase } from '../open-database.ts';
import { dropHistory, finishRebuild, rebuildDatabase } from './rebuild-database.ts';
import type { Stage } from './stage.ts';

type Forgetting = Pick<Stage, 'forgetHistory' | 'database'>;

/**
 * Leaves nothing in a run's data directory but what its keys hold now. The database is closed for it.
 *
 * @param wrote called after each write has been made
 */
export async function forgetHistory(
  host: Host,
  stage: Forgetting,
  open: OpenDatabase,
  wrote: (what: string) => void,
): Promise<void> {
  const dataDir = dataDirOf(stage);
  if (dataDir === undefined) return;
  const member = await dropHistory(open.client);
  await open.close();
  await rebuildDatabase(host, { dataDir, image: open.image }, member, wrote);
}

/** Brings the forgetting of a run that was killed so far that its database can be opened again. */
export async function finishForgetting(host: Host, stage: Forgetting): Promise<void> {
  const dataDir = dataDirOf(stage);
  if (dataDir !== undefined) await finishRebuild(host, dataDir);
}

function dataDirOf({ forgetHistory: isAsked, database }: Forgetting): string | undefined {
  return isAsked && database !== null && 'dataDir' in database ? database.dataDir : undefined;
}
