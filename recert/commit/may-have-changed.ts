import type { Host } from '../../core/host/host.ts';
import { ledgerPath } from '../verify/ledger-file.ts';
import { rebuildLeftovers } from './rebuild-database.ts';
import { planPath } from './stage.ts';

/**
 * Whether a run may have changed anything of a cluster. Its stage is on disk before its first change, and its ledger
 * before the stage goes; a database that is being built anew lies beside the old one.
 *
 * @param stateDir that of the run, which no other run has used
 * @param dataDir etcd's
 */
export async function mayHaveChanged(host: Host, stateDir: string, dataDir: string): Promise<boolean> {
  for (const mark of [planPath(stateDir), ledgerPath(stateDir), ...rebuildLeftovers(dataDir)])
    if ((await host.stat(mark)) !== undefined) return true;
  return false;
}
