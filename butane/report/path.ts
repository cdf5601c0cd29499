/** Where in a config something stands: field names and list indices from the root. */
export type Path = readonly (string | number)[];

/** `$.storage.disks.0.device`. */
export function pathText(path: Path): string {
  return path.length === 0 ? '$' : `$.${path.join('.')}`;
}

/** The Butane name of an Ignition field: `sizeMiB` is written `size_mib`, `typeGuid` is written `type_guid`. */
export function snakeCase(name: string): string {
  return name.replace(/MiB|[A-Z]/g, '_$&').toLowerCase();
}
