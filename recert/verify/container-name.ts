/** The container that a printed location lies in, `etcd:` and a key or `file:` and a path: what stands before the first step. */
export function containerName(location: string): string {
  return location.split(' | ', 1)[0] ?? location;
}
