import { type Config, config as configType } from '../schema/config.ts';
import { ignitionVersion } from '../schema/spec.ts';
import { reportElidedFields, reportUnsupported } from '../validate/openshift-support.ts';
import { checkPartitions } from '../validate/partition-shape.ts';
import { withBootDevice } from './boot-device.ts';
import type { Context } from './context.ts';
import { copied } from './copy.ts';
import { withGrub } from './grub.ts';
import { withMountUnits } from './mount-units.ts';
import { addFipsOptions, grubFragmentAsContents } from './openshift.ts';
import { addTrees } from './trees.ts';

/**
 * The Ignition config for a valid Butane config. Problems go to the context's report; if it has errors afterwards, the
 * result is not to be used.
 *
 * @param raw whether an openshift config becomes its Ignition config alone
 */
export function translateConfig(from: Config, context: Context, raw: boolean): Config {
  const { spec, report, origins } = context;
  let ignition = copied(configType, from, [], context) as Config;
  // Units before trees, as the reference implementation: a unit's file is not looked for among the trees'.
  ignition = withMountUnits(from, ignition, context);
  addTrees(from, ignition, context);
  const version = { version: ignitionVersion(spec), ...ignition.ignition };
  origins.note(version, ['ignition'], new Map([['version', ['version']]]));
  ignition.ignition = version;
  if (report.hasErrors) return ignition;

  ignition = withBootDevice(from, ignition, context);
  checkPartitions(ignition, context);
  if (spec.openshift !== undefined && spec.openshift < 19 && from.grub !== undefined) {
    report.error(['grub'], 'GRUB customization is not supported in this spec version');
    return ignition;
  }
  ignition = withGrub(from, ignition, context);
  if (spec.openshift === undefined) return ignition;

  grubFragmentAsContents(ignition, context);
  addFipsOptions(from, ignition, context);
  reportUnsupported(ignition, context);
  if (raw) reportElidedFields(from, context);
  return ignition;
}
