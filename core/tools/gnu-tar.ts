import type { Readable } from 'node:stream';
import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** GNU tar, for system trees: it keeps owners, modes, extended attributes, ACLs and SELinux labels. */

const HOURS = 3_600_000;
/** What tar and find say of files that something else wrote to or removed meanwhile. */
const CHANGED =
  /: file changed as we read it|: File removed before we read it|: File shrank by|: (Cannot (stat|open|readlink): )?No such file or directory/;

/**
 * Records of 64 KiB, as much as a pipe holds: tar's usual 10 KiB cost twice the time in system calls, here and there, and
 * as many writes to the files that it unpacks. An archive is padded with zeros to a whole record. A tar with smaller
 * records stops reading a pipe at the first one that ends the archive, and leaves the rest unread: layers, which others
 * unpack too, are cut back to a record of the usual size; for volumes docs/backup.md tells what to give tar.
 */
const BLOCKING_FACTOR = '--blocking-factor=128';

export interface TarCreateOptions {
  readonly description: string;
  /** Where member names start: tar changes to this directory of the machine. */
  readonly directory: string;
  /** Member names, each ended by a NUL byte; exactly these are stored, in this order, and nothing below them. */
  readonly names: Readable;
  /** Seconds since 1970 for every member; without it each keeps its own time. */
  readonly modificationTime?: number;
  /** Stores every member as root's. */
  readonly ownedByRoot?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Starts `tar --create` on standard output. The bytes depend on nothing but the files: no access or change times, no
 * user names, no process id in header names.
 */
export async function createArchive(host: Host, options: TarCreateOptions) {
  return host.stream(
    [
      'tar',
      '--create',
      '--file=-',
      BLOCKING_FACTOR,
      '--format=posix',
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      '--numeric-owner',
      ...(await labelOptions(host)),
      ...(options.modificationTime === undefined ? [] : [`--mtime=@${options.modificationTime}`]),
      ...(options.ownedByRoot ? ['--owner=0', '--group=0'] : []),
      `--directory=${options.directory}`,
      '--no-recursion',
      '--null',
      '--files-from=-',
    ],
    {
      description: options.description,
      timeoutMs: 2 * HOURS,
      input: options.names,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
}

export interface TarTreeOptions {
  readonly description: string;
  /** Where member names start: tar changes to this directory of the machine. */
  readonly directory: string;
  /** A name in there, stored with all below it; `.` for the directory itself. */
  readonly name: string;
  readonly signal?: AbortSignal;
}

/**
 * Starts `tar --create` of a whole tree on standard output, holes kept as holes. Sockets are left out, and so is what is
 * on other filesystems: their mount points are stored as empty directories.
 */
export async function createTreeArchive(host: Host, options: TarTreeOptions) {
  return host.stream(
    [
      'tar',
      '--create',
      '--file=-',
      BLOCKING_FACTOR,
      '--format=posix',
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      '--numeric-owner',
      '--sparse',
      '--sort=name',
      '--one-file-system',
      ...(await labelOptions(host)),
      `--directory=${options.directory}`,
      '--',
      options.name,
    ],
    {
      description: options.description,
      timeoutMs: 2 * HOURS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
}

export interface TarExtractOptions {
  readonly description: string;
  /** An existing directory of the machine. */
  readonly into: string;
  /** The uncompressed archive. Its members must have been checked before: see `core/seedimage/tar-scanner.ts`. */
  readonly archive: Readable;
  /** Leading parts of each name to leave away. */
  readonly stripComponents?: number;
  readonly signal?: AbortSignal;
}

/**
 * Unpacks an archive. What is in the way of a member is replaced, whatever its type; a symbolic link in the way of a
 * directory is replaced too and never followed.
 */
export async function extractArchive(host: Host, options: TarExtractOptions): Promise<void> {
  let broken: Error | undefined;
  options.archive.once('error', (error) => {
    broken = error;
  });
  const tar = host.stream(
    [
      'tar',
      '--extract',
      '--file=-',
      BLOCKING_FACTOR,
      `--directory=${options.into}`,
      '--numeric-owner',
      '--same-owner',
      '--preserve-permissions',
      '--delay-directory-restore',
      '--warning=no-timestamp',
      ...(options.stripComponents === undefined ? [] : [`--strip-components=${options.stripComponents}`]),
      ...(await labelOptions(host)),
    ],
    {
      description: options.description,
      timeoutMs: 2 * HOURS,
      input: options.archive,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  tar.stdout.resume();
  try {
    await tar.done;
  } catch (error) {
    throw broken ?? error; // the broken input is why tar was ended
  } finally {
    options.archive.destroy();
  }
}

/** Whether tar or find stumbled over files that changed or vanished meanwhile, so that starting over may help. */
export function isChangedMeanwhile(error: unknown): error is HostError {
  return error instanceof HostError && error.code === 'command-failed' && CHANGED.test(error.stderr);
}

/** `--selinux` only where the kernel has it: tar would complain otherwise. */
async function labelOptions(host: Host): Promise<readonly string[]> {
  const hasSelinux = (await host.stat('/sys/fs/selinux/enforce')) !== undefined;
  return ['--xattrs', '--xattrs-include=*', '--acls', ...(hasSelinux ? ['--selinux'] : [])];
}
