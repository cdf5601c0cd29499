/** What an etcd key says about the object under it. */
export interface EtcdKeyName {
  /** `kubernetes.io`, `openshift.io`, `registry`. */
  readonly root: string;
  /** `secrets`, `services/endpoints`, `apiregistration.k8s.io/apiservices`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

const TWO_PART_CORE = new Set(['services', 'oauth']);

/** Takes a Kubernetes etcd key apart; undefined for keys of another layout (ranges, compaction marks). */
export function parseEtcdKey(key: string): EtcdKeyName | undefined {
  const [empty, root, first, ...rest] = key.split('/');
  if (empty !== '' || root === undefined || first === undefined) return undefined;
  const isPair = first.includes('.') || TWO_PART_CORE.has(first);
  const parts = isPair ? rest.slice(1) : rest;
  const resource = isPair ? `${first}/${rest[0]}` : first;
  const [one, two, ...more] = parts;
  if (one === undefined || more.length > 0) return undefined;
  return two === undefined
    ? { root, resource, namespace: undefined, name: one }
    : { root, resource, namespace: one, name: two };
}

/** The roots a database has (`registry`, or `kubernetes.io` and `openshift.io`), from any of its keys. */
export function rootOf(key: string): string {
  return key.split('/', 2)[1] ?? '';
}
