import type { Host } from '../../core/host/host.ts';
import { LEDGER, type Ledger } from './ledger.ts';

/** What a run that has ended leaves. */
export const ledgerPath = (stateDir: string): string => `${stateDir}/ledger.json`;

/** The ledger of the last run that ended; undefined if there is none that can be read. */
export async function readLedger(host: Host, stateDir: string): Promise<Ledger | undefined> {
  const text = await host.readText(ledgerPath(stateDir));
  if (text === undefined) return undefined;
  try {
    return LEDGER.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function saveLedger(host: Host, stateDir: string, ledger: Ledger): Promise<void> {
  await host.writeAtomic(ledgerPath(stateDir), `${JSON.stringify(ledger, null, 1)}\n`, { mode: 0o600 });
}
