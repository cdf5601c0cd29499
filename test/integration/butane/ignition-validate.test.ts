import { deepStrictEqual } from 'node:assert';
import test from 'ava';
import { execa } from 'execa';
import fc from 'fast-check';
import { ignitionObject } from '../../../butane/emit/ignition-object.ts';
import { jsonText } from '../../../butane/emit/json.ts';
import { pathText } from '../../../butane/report/path.ts';
import { type Config, config as configType } from '../../../butane/schema/config.ts';
import type { Spec } from '../../../butane/schema/spec.ts';
import { findDuplicates } from '../../../butane/validate/duplicates.ts';
import { validateIgnition } from '../../../butane/validate/ignition/validate-ignition.ts';
import { specOf } from '../../../butane/variants/registry.ts';
import { randomIgnition } from './random-ignition.ts';

/** fcos versions whose Ignition version the Debian package `ignition` (2.14) knows. */
const KNOWN = ['1.0.0', '1.1.0', '1.2.0', '1.4.0'];

const RUNS = Number(process.env['RUNS'] ?? 25);

/** Rules that Ignition got after 2.14, for all versions of its configs. */
function isNewer(message: string): boolean {
  return /user\/group ignored for hard link|path conflicts with systemd unit|^.*template unit |filesystem overwrites partitioned|device matches disk with wipeTable/.test(
    message,
  );
}

/** What the real validator says of a config, without positions. */
async function realFindings(json: string): Promise<string[]> {
  const { stdout, stderr } = await execa('ignition-validate', ['-'], { input: json, reject: false });
  return `${stderr}\n${stdout}`
    .split('\n')
    .filter((line) => line !== '' && !isNewer(line))
    .map((line) => line.replace(/, line \d+ col \d+/, ''));
}

function ourFindings(value: Config, spec: Spec): string[] {
  const found: string[] = [];
  const say = (severity: string) => (path: readonly (string | number)[], message: string | undefined) => {
    // The package's wording is that of its own time.
    const said = message?.replace(
      'supported or functional in spec versions older than 3.6.0',
      'supported in spec versions older than 3.4.0',
    );
    if (said !== undefined && !isNewer(said)) found.push(`${severity} at ${pathText(path)}: ${said}`);
  };
  validateIgnition(value, { spec, error: say('error'), warning: say('warning') });
  findDuplicates(configType, value, spec, (path) => say('error')(path, 'duplicate entry defined'));
  return found;
}

for (const version of KNOWN) {
  test(`Ignition's own validator says the same, in the same order, of configs as fcos ${version} makes them`, async (t) => {
    const spec = specOf('fcos', version) as Spec;
    await fc.assert(
      fc.asyncProperty(randomIgnition(configType, spec), async (value) => {
        const withVersion = {
          ...value,
          ignition: { ...(value['ignition'] as object), version: `3.${spec.ignition}.0` },
        };
        const json = jsonText(ignitionObject(withVersion, spec), false);
        deepStrictEqual(ourFindings(withVersion, spec), await realFindings(json));
      }),
      { numRuns: RUNS },
    );
    t.pass();
  });
}
