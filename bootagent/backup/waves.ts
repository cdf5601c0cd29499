/** `lca.openshift.io/apply-wave`: resources of a lower wave are carried out before those of a higher one. */
export const WAVE_ANNOTATION = 'lca.openshift.io/apply-wave';
/** The wave of what names none: the last. */
const LAST_WAVE = 2_147_483_647;
const SMALLEST_WAVE = -2_147_483_648;

interface Annotated {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Groups by wave, lowest first; inside a wave by name. Annotations must have passed `isWave`. */
export function inWaves<Item extends Annotated>(items: readonly Item[]): readonly (readonly Item[])[] {
  const waves = Map.groupBy(items, (item) => waveOf(item.annotations));
  return [...waves]
    .toSorted(([a], [b]) => a - b)
    .map(([, members]) => members.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)));
}

/** Whether a wave's text is a whole number of 32 bits, as upstream reads it; empty is as good as none. */
export function isWave(text: string | undefined): boolean {
  if (text === undefined || text === '') return true;
  return /^[+-]?\d{1,10}$/.test(text) && Number(text) >= SMALLEST_WAVE && Number(text) <= LAST_WAVE;
}

function waveOf(annotations: Annotated['annotations']): number {
  const text = annotations[WAVE_ANNOTATION];
  return text === undefined || text === '' ? LAST_WAVE : Number(text);
}
