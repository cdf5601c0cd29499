import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { inStateroot } from './record.ts';

const MINUTE = 60_000;
const SHOWN = 12;

/** What a stateroot that has gone down left in its journal and in the kernel's crash store. */
export interface LastWords {
  /** Its userspace came far enough to write a journal. */
  readonly started: boolean;
  readonly lines: readonly string[];
}

/**
 * Reads the last boot's errors from another stateroot's journal (journalctl(1), `--directory`), and what the kernel
 * saved when it crashed (pstore), where the machine can save it. A journal that cannot be read is a line that says so.
 */
export async function lastWords(host: Host, stateroot: string): Promise<LastWords> {
  const directory = inStateroot(stateroot, '/var/log/journal');
  const crash = [...(await crashRecords(host)), ...(await fallbackReport(host, stateroot))];
  if ((await host.list(directory)).length === 0) return { started: false, lines: crash };
  const journal = await journalErrors(host, stateroot, directory).catch((error: unknown) => [
    messageOf(error),
  ]);
  return { started: true, lines: [...crash, ...journal] };
}

async function journalErrors(host: Host, stateroot: string, directory: string): Promise<readonly string[]> {
  const result = await host.run(
    [
      'journalctl',
      `--directory=${directory}`,
      '--boot=-0',
      '--priority=err',
      '--no-pager',
      '--output=short-iso',
      `--lines=${SHOWN}`,
    ],
    { description: `read the journal of ${stateroot}`, timeoutMs: MINUTE, okExitCodes: [0, 1] },
  );
  return result.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('-- '));
}

/** What lca-fallback.service wrote before it rebooted: the state of lca's units in that boot. */
async function fallbackReport(host: Host, stateroot: string): Promise<readonly string[]> {
  const text = (await host.readText(inStateroot(stateroot, '/var/lib/lca/fallback.txt'))) ?? '';
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(×|●|Active:|Process:|Main PID:)|lca|exec|EXEC/.test(line))
    .slice(0, SHOWN);
}

async function crashRecords(host: Host): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const directory of ['/sys/fs/pstore', '/var/lib/systemd/pstore']) {
    for (const name of await host.list(directory)) {
      if (!name.startsWith('dmesg')) continue;
      const text = (await host.readText(`${directory}/${name}`)) ?? '';
      const panic = text.split('\n').find((line) => /Kernel panic|Oops|BUG:/.test(line));
      if (panic !== undefined) lines.push(`${directory}/${name}: ${panic.trim()}`);
    }
  }
  return lines;
}
