import type { StageContext } from '../../bootagent/stages/stage-context.ts';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Host } from '../../core/host/host.ts';
import { requestFor } from './upgrade-story.ts';

/** What steps work with, where nobody listens to what they tell; apart from what is given. */
export function stageContext(host: Host, over: Partial<StageContext> = {}): StageContext {
  return {
    host,
    request: requestFor('Upgrade'),
    report: async () => undefined,
    note: async () => undefined,
    signal: new AbortController().signal,
    ...over,
  };
}

/** A request that names one ConfigMap of backups, by name and namespace. */
export function requestWithBackups(name: string, namespace: string): UpgradeRequest {
  return requestFor('Upgrade', { oadpContent: [{ name, namespace }] });
}
