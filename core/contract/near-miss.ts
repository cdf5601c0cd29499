/**
 * The known name that a misspelt one most probably meant: equal but for case, dashes and underscores, or at most two
 * edits away (one for names up to four letters).
 */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '');
  const same = known.find((candidate) => plain(candidate) === plain(name));
  if (same !== undefined) return same;
  const allowed = name.length <= 4 ? 1 : 2;
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(plain(name), plain(candidate)) }))
    .filter(({ edits }) => edits <= allowed)
    .toSorted((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let twoAgo: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (twoAgo[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row[j] = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replace, swap);
    }
    twoAgo = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
