import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { IMAGE_BASED_UPGRADE_DEFINITION } from '../../bootagent/cluster/definitions/image-based-upgrade.ts';
import { SEED_GENERATOR_DEFINITION } from '../../bootagent/cluster/definitions/seed-generator.ts';

/** Files of the bundle that are made from what the agent installs itself, by their path in this directory. */
export const GENERATED: Readonly<Record<string, string>> = {
  'manifests/lca.openshift.io_imagebasedupgrades.yaml': definitionText(IMAGE_BASED_UPGRADE_DEFINITION),
  'manifests/lca.openshift.io_seedgenerators.yaml': definitionText(SEED_GENERATOR_DEFINITION),
};

function definitionText(definition: object): string {
  return `# Made by images/bundle/build.ts from bootagent/cluster/definitions.\n${stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** The text of a file of the bundle. */
export function bundleFile(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(GENERATED)) await writeFile(new URL(path, import.meta.url), text);
}
