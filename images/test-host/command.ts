import type { Argv, RunOptions } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';

const machine = new RealHost();

/** Runs a program of the build machine to its end and returns what it printed; throws `HostError` when it fails. */
export async function command(
  description: string,
  argv: Argv,
  options: Partial<RunOptions> = {},
): Promise<string> {
  const { stdout } = await machine.run(argv, { description, timeoutMs: 15 * 60_000, ...options });
  return stdout;
}

/** Says where the build is, with the seconds each phase took, on standard error. */
export async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  process.stderr.write(`test-host: ${name} ...\n`);
  const result = await work();
  process.stderr.write(`test-host: ${name}: done, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}
