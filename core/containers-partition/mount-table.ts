/** One line of /proc/self/mountinfo (proc(5)), of what is needed here. */
export interface Mount {
  /** `major:minor` of the filesystem. */
  readonly device: string;
  readonly target: string;
  readonly type: string;
  /** `/dev/sda5`, or whatever the filesystem was mounted from. */
  readonly source: string;
  /** Of the mount and of its filesystem. */
  readonly options: readonly string[];
}

/** The mounts of a mountinfo text, in order; lines that are none are passed over. */
export function mountsOf(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , device, , target, own = ''] = before.split(' ');
    const [type, source, ofFilesystem = ''] = after.split(' ');
    if (device === undefined || target === undefined || type === undefined || source === undefined) return [];
    const options = [...own.split(','), ...ofFilesystem.split(',')];
    return [{ device, target: unescaped(target), type, source: unescaped(source), options }];
  });
}

/** What is seen at a path: the last one mounted there. */
export function mountAt(mounts: readonly Mount[], target: string): Mount | undefined {
  return mounts.findLast((mount) => mount.target === target);
}

function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
