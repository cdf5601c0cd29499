import type { Report } from '../../report/report.ts';
import { type Config, config } from '../../schema/config.ts';
import { directory, file, tree } from '../../schema/files.ts';
import { certificateAuthority, reference, resource } from '../../schema/resource.ts';
import type { Spec } from '../../schema/spec.ts';
import { filesystem } from '../../schema/storage.ts';
import { bootDevice, bootDeviceMirror, grubUser, metadata, openshift } from '../../schema/sugar.ts';
import { dropin, unit } from '../../schema/systemd.ts';
import { type Rules, rulesOf, walk } from '../walk.ts';
import { checkBootDevice, checkMirror } from './boot-device-rules.ts';
import { checkConfig } from './config-rules.ts';
import { checkDirectory, checkFile } from './mode-rules.ts';
import { checkFilesystem } from './mount-unit-rules.ts';
import { checkMetadata, checkOpenShift } from './openshift-rules.ts';
import { checkContents, checkGrubUser, checkResource, checkTree } from './source-rules.ts';

/** What the rules of the input need. */
export interface Input {
  readonly spec: Spec;
  readonly report: Report;
}

const RULES: Rules<Input> = rulesOf<Input>([
  [config, checkConfig],
  [resource, checkResource],
  [reference, checkResource],
  [certificateAuthority, checkResource],
  [filesystem, checkFilesystem],
  [file, checkFile],
  [directory, checkDirectory],
  [tree, checkTree],
  [unit, checkContents],
  [dropin, checkContents],
  [bootDevice, checkBootDevice],
  [bootDeviceMirror, checkMirror],
  [grubUser, checkGrubUser],
  [metadata, checkMetadata],
  [openshift, checkOpenShift],
]);

/** Reports what is wrong with a Butane config as it was written. */
export function validateInput(value: Config, input: Input): void {
  walk(config, value, { spec: input.spec, names: 'butane', rules: RULES, extra: input });
}
