/** How much a check counts: a failing wanted check is only reported (greenboot's convention). */
export type Weight = 'required' | 'wanted';

/**
 * `mandatory` checks are looked at first, and `deferred` ones only once those are content (upstream's tiers): after the
 * pivot, manifests and data come back in between.
 */
export type Tier = 'mandatory' | 'deferred';

/** One thing that tells whether the node is well. */
export interface HealthCheck {
  /** `built-in/containers`, or the path of the executable. */
  readonly name: string;
  readonly weight: Weight;
  readonly tier: Tier;
  /** How long one look may take; `BUDGET_MS` unless it says so. */
  readonly budgetMs?: number;
  /** Looks once. Throws or answers false if the node is not well in this respect. */
  look(signal: AbortSignal): Promise<{ readonly well: boolean; readonly detail: string }>;
}

export interface HealthResult {
  readonly name: string;
  readonly weight: Weight;
  readonly tier: Tier;
  readonly well: boolean;
  readonly detail: string;
  readonly seconds: number;
}

export interface HealthReport {
  /** No required check failed. */
  readonly healthy: boolean;
  /** Of deferred checks only if the mandatory ones are content. */
  readonly results: readonly HealthResult[];
}
