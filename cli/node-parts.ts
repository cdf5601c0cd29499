import { RealHost } from '../core/host/real-host.ts';
import { type BlackBox, openBlackBox } from '../core/log/black-box.ts';
import { createLogger, type Logger } from '../core/log/logger.ts';
import { type ServiceManager, serviceManager } from '../core/tools/service-manager.ts';

/** What the services of a node are made of. */
export interface NodeParts {
  readonly host: RealHost;
  readonly log: Logger;
  readonly blackBox: BlackBox;
  readonly systemd: ServiceManager;
}

/** This machine, the log, the black box and the service manager that started this process. */
export async function nodeParts(name: string): Promise<NodeParts> {
  const host = new RealHost();
  const log = createLogger(`lca-${name}`, process.env['LCA_LOG_LEVEL'] ?? 'info');
  const systemd = serviceManager(host, process.env['NOTIFY_SOCKET'], process.pid);
  return { host, log, systemd, blackBox: await openBlackBox(host) };
}
