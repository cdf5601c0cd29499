/** One language a Butane file can be written in, and what it becomes. */
export interface Spec {
  readonly variant: 'fcos' | 'openshift';
  /** As in the file: `1.3.0`, `4.15.0`. */
  readonly version: string;
  /** The second number of the fcos version whose fields and rules apply; for openshift, of the one it builds on. */
  readonly fcos: number;
  /** The second number of the Ignition version it becomes. */
  readonly ignition: number;
  /** The second number of the openshift version; undefined for fcos. */
  readonly openshift: number | undefined;
}

/** `3.2.0`. */
export function ignitionVersion(spec: Spec): string {
  return `3.${spec.ignition}.0`;
}
