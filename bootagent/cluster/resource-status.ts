import type { Status } from '../../core/contract/status.ts';

/**
 * A status as the resource shows it: times without fractions of a second, as Kubernetes writes them; fields that are
 * not set are null, so that a merge patch takes them away. Of what lca keeps beside it: what was refused, what runs,
 * what failed.
 */
export function resourceStatus(status: Status): Readonly<Record<string, unknown>> {
  const { refused, progress, lastFailure } = status.lca;
  return wholeSeconds({
    observedGeneration: status.observedGeneration,
    conditions: status.conditions,
    validNextStages: status.validNextStages,
    rollbackAvailabilityExpiration: status.rollbackAvailabilityExpiration,
    history: status.history.map(({ completionTime, phases, ...entry }) => ({
      ...entry,
      ...(completionTime === null ? {} : { completionTime }),
      phases: phases.map(({ completionTime: ended, ...phase }) =>
        ended === null ? phase : { ...phase, completionTime: ended },
      ),
    })),
    lca: { refused, progress, lastFailure },
  }) as Readonly<Record<string, unknown>>;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+(Z|[+-]\d\d:\d\d)$/;

function wholeSeconds(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(TIME, '$1$2');
  if (Array.isArray(value)) return value.map(wholeSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, wholeSeconds(field)]));
}
