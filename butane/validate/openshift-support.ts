import type { Path } from '../report/path.ts';
import type { Config } from '../schema/config.ts';
import type { User } from '../schema/passwd.ts';
import type { Context } from '../translate/context.ts';

const version = 'in this spec version';

/** What RHCOS and the machine config operator reject by value. Runs on the Ignition config, because sugar may have made it. */
export function reportUnsupported(ignition: Config, { spec, report, origins }: Context): void {
  const error = (path: Path, message: string): void => report.error(origins.pathOf(ignition, path), message);
  const filesystems = ignition.storage?.filesystems ?? [];
  for (const [i, { format }] of filesystems.entries()) {
    if (format === 'btrfs')
      error(['storage', 'filesystems', i, 'format'], `btrfs is not supported ${version}`);
  }
  for (const [i, { format }] of filesystems.entries()) {
    if (format === 'none' && spec.ignition >= 3)
      error(['storage', 'filesystems', i, 'format'], `format "none" is not supported ${version}`);
  }
  for (const [i, { contents, mode }] of (ignition.storage?.files ?? []).entries()) {
    const { source } = contents ?? {};
    if (source !== undefined && !source.startsWith('data:')) {
      error(
        ['storage', 'files', i, 'contents', 'source'],
        `file contents source must be data URL ${version}`,
      );
    }
    if (mode !== undefined && (mode & ~0o777) !== 0) {
      error(['storage', 'files', i, 'mode'], `special mode bits are not supported ${version}`);
    }
  }
  for (const [i, { name }] of (ignition.passwd?.users ?? []).entries()) {
    if (name !== 'core')
      error(['passwd', 'users', i, 'name'], `users other than "core" are not supported ${version}`);
  }
}

/** With `--raw`, what is lost: the MachineConfig's own fields. */
export function reportElidedFields({ openshift = {} }: Config, { report }: Context): void {
  // In the order in which a MachineConfig has them.
  for (const [name, key] of [
    ['kernelArguments', 'kernel_arguments'],
    ['extensions', 'extensions'],
    ['fips', 'fips'],
    ['kernelType', 'kernel_type'],
  ] as const) {
    if (openshift[name] !== undefined) report.warning(['openshift', key], 'field ignored in raw mode');
  }
}

/** Fields of a user that the operator manages; the others may not change after installation. */
const USER_FIELDS: readonly (keyof User)[] = ['name', 'passwordHash', 'sshAuthorizedKeys'];

/** What the operator rejects by being there at all, in the order of the Ignition config. */
export function reportFilteredFields(ignition: Config, { spec, report, origins }: Context): void {
  const error = (path: Path, message: string): void => report.error(origins.pathOf(ignition, path), message);
  const { kernelArguments = {}, passwd = {}, storage = {} } = ignition;
  if ([kernelArguments.shouldExist, kernelArguments.shouldNotExist].some((list) => (list ?? []).length > 0)) {
    error(
      ['kernelArguments'],
      `this section cannot be used for kernel arguments ${version}; use openshift.kernel_arguments instead`,
    );
  }
  if ((passwd.groups ?? []).length > 0) error(['passwd', 'groups'], `groups are not supported ${version}`);
  for (const [i, user] of (passwd.users ?? []).entries()) reportUserFields(user, ['passwd', 'users', i]);
  if ((storage.directories ?? []).length > 0)
    error(['storage', 'directories'], `directories are not supported ${version}`);
  for (const [i, { append = [], contents = {} }] of (storage.files ?? []).entries()) {
    const at = ['storage', 'files', i];
    if (append.length > 0) error([...at, 'append'], `appending to files is not supported ${version}`);
    if ((spec.openshift ?? 0) < 10 && (contents.compression ?? '') !== '') {
      error([...at, 'contents', 'compression'], `file compression is not supported ${version}`);
    }
    if ((contents.httpHeaders ?? []).length > 0) {
      error([...at, 'contents', 'httpHeaders'], `file HTTP headers are not supported ${version}`);
    }
  }
  if ((storage.links ?? []).length > 0) error(['storage', 'links'], `links are not supported ${version}`);

  function reportUserFields(user: User, at: Path): void {
    const managed =
      (spec.openshift ?? 0) >= 13 ? USER_FIELDS : USER_FIELDS.filter((name) => name !== 'passwordHash');
    for (const [name, value] of Object.entries(user)) {
      if (
        value === undefined ||
        (Array.isArray(value) && value.length === 0) ||
        (managed as readonly string[]).includes(name)
      )
        continue;
      error(
        [...at, name],
        `fields other than "name", "ssh_authorized_keys", and "password_hash" (4.13.0+) are not supported ${version}`,
      );
    }
  }
}
