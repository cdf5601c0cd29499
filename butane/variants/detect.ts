import { ButaneError } from '../butane-error.ts';
import { Decoding, decodeObject } from '../decode/decode.ts';
import { objectType, text } from '../schema/field.ts';
import type { Spec } from '../schema/spec.ts';
import type { Node } from '../yaml/node.ts';
import { SPECS, specOf } from './registry.ts';

const commonFields = objectType('commonFields', { version: text(), variant: text() });

const SEMVER = /^\d+\.\d+\.\d+(-[\dA-Za-z-]+(\.[\dA-Za-z-]+)*)?(\+[\dA-Za-z-]+(\.[\dA-Za-z-]+)*)?$/;

/**
 * Which language a file is written in.
 *
 * @throws ButaneError `types`, `no-variant`, `bad-version`, `unknown-version`
 */
export function detectSpec(root: Node | undefined): Spec {
  const decoding = new Decoding(SPECS[0] as Spec, () => 'config.commonFields');
  const { variant = '', version = '' } = decodeObject(commonFields, root, decoding);
  if (decoding.problems.length > 0) {
    throw new ButaneError('types', `Error unmarshaling yaml: ${decoding.message()}`);
  }
  if (variant === '') throw new ButaneError('no-variant', 'error parsing variant; must be specified');
  if (!SEMVER.test(version))
    throw new ButaneError('bad-version', 'error parsing version; must be a valid semver');
  const spec = specOf(variant, version);
  if (spec === undefined) {
    throw new ButaneError(
      'unknown-version',
      `No translator exists for variant ${variant} with version ${version}`,
      {
        remedy: `Known are ${range('fcos')} and ${range('openshift')}.`,
      },
    );
  }
  return spec;
}

function range(variant: Spec['variant']): string {
  const versions = SPECS.filter((spec) => spec.variant === variant).map((spec) => spec.version);
  return `${variant} ${versions[0]} to ${versions.at(-1)}`;
}
