import { createHash } from 'node:crypto';

/** A piece of the system that changes as a whole: a package, or a directory where there are no packages. */
export interface Component {
  readonly name: string;
  /** Paths of its objects below the repository's `objects/`. */
  readonly objects: readonly string[];
  readonly bytes: number;
}

/** One layer of the system's objects. */
export interface ComponentLayer {
  readonly name: string;
  readonly components: readonly string[];
  readonly objects: readonly string[];
}

/** Layers of an earlier seed, as its `LABEL_LAYERS` tells: name and components. */
export type PreviousLayers = readonly { readonly name: string; readonly components: readonly string[] }[];

/** How the layers of one part are named and how many there may be. */
export interface LayerBudget {
  /** Starts every layer's name: `system`, `var`. */
  readonly prefix: string;
  /** Layers of one large component each, at most. */
  readonly large: number;
  /** Layers that the other components share. */
  readonly shared: number;
}

/** About 70 layers at most, all together: containers/storage and CRI-O stop at about 128 (seed-image.md 8.4). */
export const SYSTEM_BUDGET: LayerBudget = { prefix: 'system', large: 36, shared: 12 };
export const VAR_BUDGET: LayerBudget = { prefix: 'var', large: 16, shared: 2 };

const LARGE = 16 * 1024 * 1024;

/**
 * Puts components into layers so that the next seed shares as many layers as can be.
 *
 * Large components get a layer each. The others are spread over a fixed number of shared layers by a hash of their
 * names, so that where one goes does not depend on which others there are. With an earlier seed's layers everything
 * stays where it was, and what is new goes by the same rules.
 */
export function planLayers(
  components: readonly Component[],
  budget: LayerBudget,
  previous: PreviousLayers = [],
): readonly ComponentLayer[] {
  const shared = `${budget.prefix} shared `;
  const former = new Map(
    previous.flatMap(({ name, components: names }) => names.map((component) => [component, name])),
  );
  let freeLarge = budget.large - previous.filter(({ name }) => !name.startsWith(shared)).length;
  const layers = new Map<string, Component[]>();
  for (const component of components.toSorted((a, b) => b.bytes - a.bytes || compare(a.name, b.name))) {
    let layer = former.get(component.name);
    if (layer === undefined && component.bytes >= LARGE && freeLarge > 0) {
      layer = `${budget.prefix} ${component.name}`;
      freeLarge -= 1;
    }
    layer ??= `${shared}${String(placeOf(component.name, budget.shared)).padStart(2, '0')}`;
    layers.set(layer, [...(layers.get(layer) ?? []), component]);
  }
  return [...layers]
    .map(([name, members]) => ({ name, members, isShared: name.startsWith(shared) }))
    .toSorted((a, b) => Number(a.isShared) - Number(b.isShared) || compare(a.name, b.name))
    .map(({ name, members }) => ({
      name,
      components: members.map((member) => member.name).toSorted(compare),
      objects: [...new Set(members.flatMap((member) => member.objects))].toSorted(compare),
    }));
}

function placeOf(component: string, places: number): number {
  return (createHash('sha256').update(component).digest().readUInt32BE(0) % places) + 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
