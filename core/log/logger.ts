import { pino } from 'pino';

export type Logger = pino.Logger;

/**
 * The program's log: JSON lines, written synchronously to standard output, which systemd hands to the journal.
 * Synchronous, so that the last line before a reboot or a kill is there.
 */
export function createLogger(name: string, level = 'info'): Logger {
  return pino(
    { name, level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  );
}
