import { ButaneError } from './butane-error.ts';
import { Decoding, decodeObject } from './decode/decode.ts';
import { typeNames } from './decode/type-names.ts';
import { reportUnusedKeys } from './decode/unused-keys.ts';
import { ignitionObject } from './emit/ignition-object.ts';
import { jsonText } from './emit/json.ts';
import { machineConfigText } from './emit/machine-config.ts';
import type { LocalFiles } from './files/local-files.ts';
import { Origins } from './report/origins.ts';
import type { Path } from './report/path.ts';
import { type Entry, Report } from './report/report.ts';
import { type Config, config as configType } from './schema/config.ts';
import type { Spec } from './schema/spec.ts';
import type { Context } from './translate/context.ts';
import { translateConfig } from './translate/translate-config.ts';
import { findDuplicates } from './validate/duplicates.ts';
import { validateIgnition } from './validate/ignition/validate-ignition.ts';
import { validateInput } from './validate/input/validate-input.ts';
import { reportFilteredFields } from './validate/openshift-support.ts';
import { detectSpec } from './variants/detect.ts';
import type { Node } from './yaml/node.ts';
import { parseYaml } from './yaml/parse-yaml.ts';

export { ButaneError, type ButaneErrorCode } from './butane-error.ts';
export { type Entry, entryText, type Severity } from './report/report.ts';
export type { Spec } from './schema/spec.ts';
export { SPECS } from './variants/registry.ts';

export interface TranslateOptions {
  /** JSON indented by two spaces. No effect on a MachineConfig. */
  readonly pretty?: boolean;
  /** The Ignition config of an openshift file instead of a MachineConfig. */
  readonly raw?: boolean;
  /** What `local` paths and trees name (load-local-files.ts); without it they are errors. */
  readonly files?: LocalFiles;
}

export interface Translation {
  /** Ignition JSON or MachineConfig YAML, without a newline at the end. */
  readonly output: string;
  /** What there is to say of it: warnings only. */
  readonly report: readonly Entry[];
  readonly spec: Spec;
}

/**
 * Translates a Butane config to an Ignition config, or to a MachineConfig for variant openshift, with the defaults,
 * messages and positions of the reference implementation (github.com/coreos/butane, behaviour of 0.28).
 *
 * @throws ButaneError
 */
export function translate(text: string, options: TranslateOptions = {}): Translation {
  return translateNode(parseYaml(text), options);
}

/** The same from a parsed file. @throws ButaneError */
export function translateNode(root: Node | undefined, options: TranslateOptions = {}): Translation {
  const spec = detectSpec(root);
  const decoding = new Decoding(spec, typeNames(spec));
  const config: Config = decodeObject(configType, root, decoding);
  if (decoding.problems.length > 0) throw new ButaneError('types', decoding.message());

  const report = new Report(root);
  reportUnusedKeys(configType, root, spec, report);
  validateInput(config, { spec, report });
  stopOnErrors(report, 'invalid-source');

  const context: Context = {
    spec,
    report,
    origins: new Origins(),
    files: options.files,
    // The machine config operator of 4.8 and 4.9 writes compressed contents to the node as they are.
    autoCompression: spec.openshift === undefined || spec.openshift >= 10,
  };
  const raw = options.raw === true;
  const ignition = translateConfig(config, context, raw);
  stopOnErrors(report, 'invalid-source');
  const asMachineConfig = spec.openshift !== undefined && !raw;
  if (asMachineConfig) reportFilteredFields(ignition, context);
  stopOnErrors(report, 'invalid-source');
  checkOutput(ignition, context);
  stopOnErrors(report, 'invalid-output');

  const output = asMachineConfig
    ? machineConfigText(config, ignition, spec)
    : jsonText(ignitionObject(ignition, spec), options.pretty === true);
  return { output, report: report.entries, spec };
}

/** Duplicates, then all of Ignition's own rules; said of the Butane file. */
function checkOutput(ignition: Config, { spec, report, origins }: Context): void {
  const at = (path: Path): Path => origins.pathOf(ignition, path);
  findDuplicates(configType, ignition, spec, (path) => report.error(at(path), 'duplicate entry defined'));
  validateIgnition(ignition, {
    spec,
    error: (path, message) => message !== undefined && report.error(at(path), message),
    warning: (path, message) => message !== undefined && report.warning(at(path), message),
  });
}

const FATAL = {
  'invalid-source': 'source config is invalid',
  'invalid-output': 'config generated was invalid',
} as const;

function stopOnErrors(report: Report, code: keyof typeof FATAL): void {
  if (report.hasErrors) throw new ButaneError(code, FATAL[code], { report: report.entries });
}
