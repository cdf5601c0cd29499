import { showManager } from '../../../core/tools/systemctl.ts';
import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

const DEVICES = '/sys/class/watchdog';
const FILE = '/etc/systemd/system.conf.d/50-watchdog.conf';

/** A system that hangs as a whole is reset by hardware, or stays hung: nothing of lca runs then. */
export const hardwareWatchdog: DoctorCheck = {
  name: 'hardware-watchdog',
  async look({ host }) {
    const devices = await host.list(DEVICES);
    if (devices.length === 0) {
      return warning(
        'there is no hardware watchdog: a new system that hangs would need a person to switch the node off and on',
        'Enable it in the firmware, or load its driver. Where there is none, a software one at least covers a system that is only stuck. Run: modprobe softdog && echo softdog > /etc/modules-load.d/softdog.conf',
      );
    }
    const { RuntimeWatchdogUSec: time = '' } = await showManager(host, ['RuntimeWatchdogUSec']);
    if (!['', '0', 'infinity', 'off'].includes(time))
      return fine(`${devices.join(', ')} resets the node when systemd hangs for ${time}`);
    return warning(
      `there is a watchdog (${devices.join(', ')}), but systemd does not use it: a new system that hangs would stay so`,
      `On this node and, for the new system, on the seed's. Run: mkdir -p /etc/systemd/system.conf.d && printf '[Manager]\\nRuntimeWatchdogSec=60\\n' > ${FILE} && systemctl daemon-reexec`,
    );
  },
};
