/** Processor time of this process that a run takes, in milliseconds; other programs on the machine do not count. */
export function processorTime(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * Whether a run on four times the input takes about four times as long and not sixteen times; half a second is always
 * allowed, for garbage collection and the like.
 */
export function growsLinearly(run: (size: number) => unknown, size: number): boolean {
  run(size);
  const small = processorTime(() => run(size));
  return processorTime(() => run(size * 4)) < small * 8 + 500;
}
