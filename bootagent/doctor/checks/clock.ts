import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Registries are refused, and new certificates not yet valid, when the clock is wrong. */
export const clock: DoctorCheck = {
  name: 'clock',
  async look({ host }) {
    // a node without timedatectl, or whose D-Bus is down, cannot say so either
    const said = await host
      .run(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], {
        description: 'ask whether the clock is synchronised',
        timeoutMs: 60_000,
      })
      .then(({ stdout }) => stdout.trim())
      .catch(() => '');
    if (said === 'yes') return fine('the clock is synchronised');
    return warning(
      said === ''
        ? 'timedatectl does not say whether the clock is synchronised'
        : 'the clock is not synchronised with a time server',
      'Start a time service (chronyd, systemd-timesyncd) and see that "timedatectl" says: System clock synchronized: yes.',
    );
  },
};
