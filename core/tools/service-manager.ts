import systemdNotify from 'systemd-notify';
import type { Host } from '../host/host.ts';

/** What a service tells systemd of itself (sd_notify(3)). Outside systemd nothing happens. */
export interface ServiceManager {
  /** The service is up. */
  ready(status: string): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>;
  /** Still alive: to be called at least every half of WatchdogSec. */
  alive(): Promise<void>;
}

/**
 * The service manager that started this process, or nobody.
 *
 * @param socket the value of NOTIFY_SOCKET; undefined if there is none
 */
export function serviceManager(host: Host, socket: string | undefined, pid: number): ServiceManager {
  if (socket === undefined || socket === '') {
    const nothing = async (): Promise<void> => undefined;
    return { ready: nothing, status: nothing, alive: nothing };
  }
  return {
    ready: (status) => systemdNotify({ ready: true, status, pid }),
    status: (status) => systemdNotify({ status, pid }),
    // the package knows no keep-alive message, so systemd-notify(1) is called directly
    alive: async () => {
      await host.run(['systemd-notify', `--pid=${pid}`, 'WATCHDOG=1'], {
        description: 'tell systemd that the service is alive',
        timeoutMs: 20_000,
      });
    },
  };
}
