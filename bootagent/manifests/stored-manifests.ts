import { stringify } from 'yaml';
import { SITE_DIRECTORY } from '../../core/contract/paths.ts';
import { parseYaml } from '../../core/contract/source.ts';
import { validate } from '../../core/contract/validate.ts';
import type { Host } from '../../core/host/host.ts';
import { type Manifest, type ManifestObject, manifestObject } from './manifest.ts';

/** Where manifests wait in the new stateroot, in the order in which they are applied: ConfigMaps can override policies. */
export const MANIFEST_DIRECTORIES = {
  policy: `${SITE_DIRECTORY}/policy-manifests`,
  extra: `${SITE_DIRECTORY}/extra-manifests`,
} as const;

/**
 * Writes groups of manifests as `group<N>/<M>_<Kind>_<name>_<namespace>.yaml`, N and M from 1 (upstream's names). What
 * was there is replaced. Directories are 0700 and files 0600: a manifest may be a Secret.
 */
export async function storeManifests(
  host: Host,
  directory: string,
  groups: readonly (readonly Manifest[])[],
): Promise<void> {
  await host.remove(directory);
  if (groups.length === 0) return;
  await host.makeDirectory(directory, 0o700);
  for (const [n, group] of groups.entries()) {
    const place = `${directory}/group${n + 1}`;
    await host.makeDirectory(place, 0o700);
    for (const [m, { object, name, namespace }] of group.entries()) {
      const file = `${m + 1}_${object.kind}_${name}_${namespace}.yaml`.replaceAll('/', '-');
      await host.writeAtomic(`${place}/${file}`, stringify(object), { mode: 0o600, durable: false });
    }
  }
  await host.sync(directory);
}

/**
 * Reads stored manifests, groups and files in the order of their numbers.
 *
 * @throws ContractError for a file that is no manifest
 */
export async function readStoredManifests(host: Host, directory: string): Promise<readonly ManifestObject[]> {
  const found: ManifestObject[] = [];
  for (const group of await inOrder(host, directory, /^group(\d+)$/)) {
    for (const file of await inOrder(host, `${directory}/${group}`, /^(\d+)_.*\.yaml$/)) {
      const path = `${directory}/${group}/${file}`;
      found.push(validate(parseYaml(path, (await host.readText(path)) ?? ''), manifestObject, 'a manifest'));
    }
  }
  return found;
}

async function inOrder(host: Host, directory: string, pattern: RegExp): Promise<readonly string[]> {
  return (await host.list(directory))
    .flatMap((name) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .toSorted((a, b) => a.number - b.number)
    .map(({ name }) => name);
}
