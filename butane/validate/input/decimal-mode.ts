/**
 * Whether a mode looks as if its octal digits had been written without the leading zero: as it stands it is odd, and
 * its decimal digits read as octal would not be (`644` is 0o1204, but 0644 was meant).
 */
export function looksDecimal(mode: number, kind: 'file' | 'directory'): boolean {
  if (!/^[0-7]{1,4}$/.test(String(mode))) return false;
  return !isTypical(mode, kind) && isTypical(Number.parseInt(String(mode), 8), kind);
}

/** Whether permissions are what one usually sees. */
function isTypical(mode: number, kind: 'file' | 'directory'): boolean {
  if (mode === 0) return true;
  // Other, group, user: from the least privileged to the most.
  const classes = [mode & 7, (mode >> 3) & 7, (mode >> 6) & 7];
  let lesser = 0;
  for (const bits of classes) {
    const [read, write, execute] = [bits & 4, bits & 2, bits & 1];
    if ((lesser & ~bits) !== 0) return false;
    if (execute !== 0 && (lesser & 4) !== 0 && (lesser & 1) === 0) return false;
    if ((write !== 0 || execute !== 0) && read === 0) return false;
    lesser |= bits;
  }
  if ((lesser & 4) === 0) return false;
  return kind === 'directory' ? isTypicalDirectory(mode, lesser) : isTypicalFile(mode, lesser);
}

/** @param anyone the permissions that somebody has */
function isTypicalDirectory(mode: number, anyone: number): boolean {
  const [setuid, setgidOrSticky] = [mode & 0o4000, mode & 0o3000];
  return (anyone & 1) !== 0 && setuid === 0 && (setgidOrSticky === 0 || (anyone & 2) !== 0);
}

function isTypicalFile(mode: number, anyone: number): boolean {
  const [setId, sticky, worldWritable] = [mode & 0o6000, mode & 0o1000, mode & 0o2];
  return sticky === 0 && (setId === 0 || ((anyone & 1) !== 0 && worldWritable === 0));
}
