/** On a Backup: the objects that are labelled for it, and that alone go into it. */
export const LABELS_ANNOTATION = 'lca.openshift.io/apply-label';

/** The objects a Backup names; none if it names none. The annotation must have passed `parseLabelledObjects`. */
export function labelledObjectsOf({
  annotations,
}: {
  readonly annotations: Readonly<Record<string, string>>;
}): readonly LabelledObject[] {
  const parsed = parseLabelledObjects(annotations[LABELS_ANNOTATION] ?? '');
  return 'objects' in parsed ? parsed.objects : [];
}

/** An object named by `apply-label`. */
export interface LabelledObject {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `deployments`. */
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * Parses the annotation's value: comma-separated entries, nothing trimmed, doubles dropped (backup-restore.md 1.5).
 *
 * @returns the objects, or the entry that is none
 */
export function parseLabelledObjects(
  value: string,
): { readonly objects: readonly LabelledObject[] } | { readonly wrong: string } {
  const objects: LabelledObject[] = [];
  for (const entry of new Set(value.split(','))) {
    const object = parseEntry(entry);
    if (object === undefined) return { wrong: entry };
    objects.push(object);
  }
  return { objects };
}

function parseEntry(entry: string): LabelledObject | undefined {
  const parts = entry.split('/');
  if (parts.includes('')) return undefined;
  const [a = '', b = '', c = '', d = '', e = ''] = parts;
  switch (parts.length) {
    case 3:
      return { group: '', version: a, resource: b, namespace: '', name: c };
    case 4:
      return a === 'v1'
        ? { group: '', version: a, resource: b, namespace: c, name: d }
        : { group: a, version: b, resource: c, namespace: '', name: d };
    case 5:
      return { group: a, version: b, resource: c, namespace: d, name: e };
    default:
      return undefined;
  }
}
