import { SysrootError } from './sysroot-error.ts';

/** A Boot Loader Specification entry as ostree writes it (uapi-group.org/specifications/specs/boot_loader_specification). */
export interface BootEntry {
  /** File name below `/boot/loader/entries`, without `.conf`. */
  readonly id: string;
  readonly title: string;
  /** ostree's rank: the highest is the default deployment. */
  readonly version: number;
  readonly kernelArguments: readonly string[];
  /** Path of the kernel and initramfs relative to the boot filesystem, as written. */
  readonly linux: string;
  readonly initrd: string | undefined;
  /** The `ostree=` kernel argument: `/ostree/boot.1/lca/<boot checksum>/0`. */
  readonly ostreePath: string;
}

/**
 * Reads one entry file.
 *
 * @throws SysrootError `boot-entry-invalid`, naming the entry, if a needed line is missing
 */
export function parseBootEntry(id: string, text: string): BootEntry {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([a-z-]+)[ \t]+(.*?)\s*$/.exec(line);
    if (match) fields.set(match[1] as string, match[2] as string);
  }
  const need = (name: string): string => {
    const value = fields.get(name);
    if (value !== undefined) return value;
    throw new SysrootError('boot-entry-invalid', `Boot loader entry ${id} has no "${name}" line.`);
  };
  const kernelArguments = need('options')
    .split(/\s+/)
    .filter((argument) => argument !== '');
  const ostreePath = kernelArguments
    .find((argument) => argument.startsWith('ostree='))
    ?.slice('ostree='.length);
  if (ostreePath === undefined) {
    throw new SysrootError('boot-entry-invalid', `Boot loader entry ${id} has no ostree= kernel argument.`);
  }
  return {
    id,
    title: fields.get('title') ?? id,
    version: Number(need('version')),
    kernelArguments,
    linux: need('linux'),
    initrd: fields.get('initrd'),
    ostreePath,
  };
}
