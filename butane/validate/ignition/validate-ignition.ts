import type { Path } from '../../report/path.ts';
import { type Config, config } from '../../schema/config.ts';
import { directory, file, link, nodeGroup, nodeUser } from '../../schema/files.ts';
import { ignitionConfig, proxy, tls } from '../../schema/ignition-section.ts';
import { clevisCustom, luks, tang } from '../../schema/luks.ts';
import {
  certificateAuthority,
  httpHeader,
  reference,
  resource,
  verification,
} from '../../schema/resource.ts';
import type { Spec } from '../../schema/spec.ts';
import { disk, filesystem, partition, raid, storage } from '../../schema/storage.ts';
import { dropin, systemd, unit } from '../../schema/systemd.ts';
import { rulesOf, walk } from '../walk.ts';
import { checkConfig } from './config-rules.ts';
import { checkDisk, checkPartition } from './disk-rules.ts';
import { checkFilesystem, checkRaid } from './filesystem-rules.ts';
import { checkClevisCustom, checkLuks, checkTang } from './luks-rules.ts';
import { checkDirectory, checkFile, checkLink, checkOwner } from './node-rules.ts';
import {
  checkCertificateAuthority,
  checkHeader,
  checkIgnitionConfig,
  checkProxy,
  checkReference,
  checkResource,
  checkTls,
  checkVerification,
} from './resource-rules.ts';
import { checkStorage } from './storage-rules.ts';
import { checkDropin, checkSystemd, checkUnit } from './systemd-rules.ts';

/** What the rules of Ignition need. Paths are Ignition's. */
export interface Findings {
  readonly spec: Spec;
  readonly error: (path: Path, message: string | undefined) => void;
  readonly warning: (path: Path, message: string | undefined) => void;
}

const RULES = rulesOf<Findings>([
  [config, checkConfig],
  [ignitionConfig, checkIgnitionConfig],
  [proxy, checkProxy],
  [tls, checkTls],
  [resource, checkResource],
  [reference, checkReference],
  [certificateAuthority, checkCertificateAuthority],
  [verification, checkVerification],
  [httpHeader, checkHeader],
  [storage, checkStorage],
  [disk, checkDisk],
  [partition, checkPartition],
  [filesystem, checkFilesystem],
  [raid, checkRaid],
  [luks, checkLuks],
  [clevisCustom, checkClevisCustom],
  [tang, checkTang],
  [file, checkFile],
  [directory, checkDirectory],
  [link, checkLink],
  [nodeUser, checkOwner],
  [nodeGroup, checkOwner],
  [systemd, checkSystemd],
  [unit, checkUnit],
  [dropin, checkDropin],
]);

/** Everything that Ignition's own validation says of a config, in its order. */
export function validateIgnition(value: Config, findings: Findings): void {
  walk(config, value, { spec: findings.spec, names: 'ignition', rules: RULES, extra: findings });
}
