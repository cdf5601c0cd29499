/** How much a check counts: a failing wanted check is only reported (greenboot's convention). */
export type Weight = 'required' | 'wanted';

/** One thing that tells whether the node is well. */
export interface HealthCheck {
  /** `built-in/containers`, or the path of the executable. */
  readonly name: string;
  readonly weight: Weight;
  /** Looks once. Throws or answers false if the node is not well in this respect. */
  look(signal: AbortSignal): Promise<{ readonly well: boolean; readonly detail: string }>;
}

export interface HealthResult {
  readonly name: string;
  readonly weight: Weight;
  readonly well: boolean;
  readonly detail: string;
  readonly seconds: number;
}

export interface HealthReport {
  /** No required check failed. */
  readonly healthy: boolean;
  readonly results: readonly HealthResult[];
}
