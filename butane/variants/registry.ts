import type { Spec } from '../schema/spec.ts';

/** fcos version → Ignition version, by their second numbers. */
const FCOS = [0, 1, 2, 2, 3, 4, 5, 6] as const;

/** openshift versions → the fcos version each is built on. */
const OPENSHIFT = [
  { from: 8, to: 13, fcos: 3 },
  { from: 14, to: 18, fcos: 5 },
  { from: 19, to: 22, fcos: 6 },
] as const;

function ignitionOf(fcos: number): number {
  return FCOS[fcos] ?? 0;
}

/** Every language this translator knows, oldest first. */
export const SPECS: readonly Spec[] = [
  ...FCOS.map(
    (ignition, fcos): Spec => ({
      variant: 'fcos',
      version: `1.${fcos}.0`,
      fcos,
      ignition,
      openshift: undefined,
    }),
  ),
  ...OPENSHIFT.flatMap(({ from, to, fcos }) =>
    Array.from({ length: to - from + 1 }, (_, i): Spec => {
      const minor = from + i;
      return {
        variant: 'openshift',
        version: `4.${minor}.0`,
        fcos,
        ignition: ignitionOf(fcos),
        openshift: minor,
      };
    }),
  ),
];

/** The language that a variant and a version name; undefined if there is none. */
export function specOf(variant: string, version: string): Spec | undefined {
  return SPECS.find((spec) => spec.variant === variant && spec.version === version);
}
