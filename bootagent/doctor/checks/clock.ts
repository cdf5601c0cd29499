import { readEvents } from '../../../core/contract/events.ts';
import type { Host } from '../../../core/host/host.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** systemd-timesyncd touches it when it has heard a server (systemd-timesyncd.service(8)). */
const TIMESYNC_MARK = '/run/systemd/timesync/synchronized';
const MINUTE_MS = 60_000;
const TOLERATED_MS = 5 * MINUTE_MS;
const START_TIME_SERVICE =
  'See that a time server is configured and reached, and that its service runs. Run: systemctl enable --now chronyd.service || systemctl enable --now chrony.service || systemctl enable --now systemd-timesyncd.service';

/**
 * Registries are refused, and new certificates are not yet valid, when the clock is wrong. Two things are looked at:
 * whether the clock is behind what has happened already (the seed's making, the last event here), which needs no time
 * service; and whether a time service says that it is synchronised.
 */
export const clock: DoctorCheck = {
  name: 'clock',
  async look({ host, seed }) {
    const now = host.now();
    const past = await happenedAlready(host, async () => (await seed())?.created);
    if (past !== undefined && past.time > now.getTime() + TOLERATED_MS) {
      return blocker(
        `the clock says ${now.toISOString()}, and ${past.what} at ${new Date(past.time).toISOString()}`,
        `Set the clock. Run: date --utc --set=@${Math.ceil(past.time / 1000)}\n${START_TIME_SERVICE}`,
      );
    }
    const said = (await askTimedated(host)) ?? (await askTimesyncd(host)) ?? (await askChrony(host));
    if (said === undefined) {
      return warning(
        'no time service says whether the clock is synchronised (asked: timedatectl, systemd-timesyncd, chronyc)',
        START_TIME_SERVICE,
      );
    }
    if (said.synchronised) return fine(`the clock is synchronised (${said.by})`);
    return warning(`the clock is not synchronised with a time server (${said.by})`, START_TIME_SERVICE);
  },
};

interface Synchronisation {
  readonly synchronised: boolean;
  /** Who says so, and how exactly. */
  readonly by: string;
}

/** What has happened last, as far as is known here. A seed that cannot be looked at is told of by another check. */
async function happenedAlready(
  host: Host,
  seedCreated: () => Promise<string | undefined>,
): Promise<{ readonly what: string; readonly time: number } | undefined> {
  const created = Date.parse((await seedCreated().catch(() => undefined)) ?? '');
  const event = Date.parse((await readEvents(host)).at(-1)?.time ?? '');
  return [
    { what: 'the seed was made', time: created },
    { what: 'the last event was recorded', time: event },
  ]
    .filter(({ time }) => !Number.isNaN(time))
    .toSorted((a, b) => b.time - a.time)[0];
}

/** The kernel's own word, which whatever keeps the clock tells it: read by systemd-timedated over D-Bus. */
async function askTimedated(host: Host): Promise<Synchronisation | undefined> {
  const said = await ask(host, ['timedatectl', 'show', '--property=NTPSynchronized', '--value']);
  return said === ''
    ? undefined
    : { synchronised: said === 'yes', by: `timedatectl: NTPSynchronized=${said}` };
}

async function askTimesyncd(host: Host): Promise<Synchronisation | undefined> {
  if ((await host.stat(TIMESYNC_MARK)) === undefined) return undefined;
  return { synchronised: true, by: 'systemd-timesyncd has heard a server' };
}

/** `chronyc -c tracking`: comma-separated; the 5th field is the offset in seconds, the last the leap status (chronyc(1)). */
async function askChrony(host: Host): Promise<Synchronisation | undefined> {
  const fields = (await ask(host, ['chronyc', '-n', '-c', 'tracking'])).split(',');
  const leap = fields.at(-1);
  if (fields.length < 14 || leap === undefined) return undefined;
  return { synchronised: leap === 'Normal', by: `chronyc: ${leap}, ${fields[4]} s off` };
}

/** What the program prints; empty where it is not there, or whom it would ask. */
async function ask(host: Host, argv: readonly [string, ...string[]]): Promise<string> {
  return host
    .run(argv, { description: 'ask whether the clock is synchronised', timeoutMs: MINUTE_MS })
    .then(({ stdout }) => stdout.trim())
    .catch(() => '');
}
