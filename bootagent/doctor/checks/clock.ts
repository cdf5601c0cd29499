import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Registries are refused, and new certificates not yet valid, when the clock is wrong. */
export const clock: DoctorCheck = {
  name: 'clock',
  async look({ host }) {
    const { stdout, exitCode } = await host.run(
      ['timedatectl', 'show', '--property=NTPSynchronized', '--value'],
      { description: 'ask whether the clock is synchronised', timeoutMs: 60_000, okExitCodes: [0, 1] },
    );
    if (exitCode === 0 && stdout.trim() === 'yes') return fine('the clock is synchronised');
    return warning(
      'the clock is not synchronised with a time server',
      'Start a time service (chronyd, systemd-timesyncd) and see that "timedatectl" says: System clock synchronized: yes.',
    );
  },
};
