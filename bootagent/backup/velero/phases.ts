import type { Host } from '../../../core/host/host.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { isOutage } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject, ResourceType } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { BackupError } from '../backup-error.ts';
import { mappingAt, textAt } from '../resources/json.ts';

/** What Velero is asked to carry out. */
export interface Asked {
  readonly name: string;
  readonly namespace: string;
}

export interface WaitOptions {
  readonly host: Pick<Host, 'uptimeSeconds' | 'sleep'>;
  readonly client: KubernetesClient;
  readonly report: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  /** On the boot clock: when the wait is given up. A new system's own clock may only now be set. */
  readonly untilSeconds: number;
}

const FAILED = ['FailedValidation', 'PartiallyFailed', 'Failed'];
const PAUSE_MS = 2_000;
const MOST_SHOWN = 3;

/**
 * Waits until Velero has carried out all of a wave.
 *
 * @param what the documented progress message
 * @throws BackupError `failure` naming all that failed, with Velero's own words as the cause, or those that are late
 */
export async function untilCompleted(
  { host, client, report, signal, untilSeconds }: WaitOptions,
  type: ResourceType,
  wave: readonly Asked[],
  what: string,
  failure: { readonly code: 'backup-failed' | 'restore-failed'; readonly title: string },
): Promise<void> {
  for (let told = ''; ; ) {
    const phases = new Map<string, string>();
    const failed = new Map<string, KubernetesObject>();
    for (const { name, namespace } of wave) {
      const object = await client.get(type, { name, namespace }, { signal }).catch((error: unknown) => {
        if (isOutage(error)) return undefined;
        throw error;
      });
      const phase = textAt(object, 'status', 'phase');
      if (phase !== 'Completed') phases.set(name, phase === '' ? 'pending' : phase);
      if (object !== undefined && FAILED.includes(phase)) failed.set(name, object);
    }
    const [first] = failed;
    if (first !== undefined) {
      const cause = new BackupError(failure.code, velerosWords(type.kind, first[0], first[1]));
      throw new BackupError(failure.code, `${failure.title}: ${[...failed.keys()].join(',')}`, { cause });
    }
    if (phases.size === 0) return;
    const text = `${what}: ${[...phases].map(([name, phase]) => `${name} (${phase})`).join(', ')}`;
    if ((await host.uptimeSeconds()) >= untilSeconds) {
      const cause = new BackupError(failure.code, `Velero did not come to an end in time: ${text}.`);
      throw new BackupError(failure.code, `${failure.title}: ${[...phases.keys()].join(',')}`, { cause });
    }
    if (text !== told) await report(text);
    told = text;
    await host.sleep(PAUSE_MS, signal);
  }
}

function velerosWords(kind: string, name: string, object: KubernetesObject): string {
  const status = mappingAt(object, 'status') ?? {};
  const errors = Array.isArray(status['validationErrors']) ? status['validationErrors'].map(String) : [];
  const counts = ['errors', 'warnings'].flatMap((key) =>
    typeof status[key] === 'number' ? [`${key}: ${status[key]}`] : [],
  );
  const words = [textAt(status, 'failureReason'), ...errors.slice(0, MOST_SHOWN), ...counts];
  const said = words.filter((word) => word !== '').join('; ');
  return `${kind} ${name} is ${textAt(status, 'phase')}${said === '' ? '' : `: ${said}`}.`;
}
