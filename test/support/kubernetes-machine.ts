import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv, Host, RunOptions, RunResult } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { shownCommand } from './kubernetes-node.ts';

/**
 * A directory with a control plane's files as a whole machine: with a kubelet service, a host name and an address. Only
 * systemd and the network are played; everything else is real.
 */
export function kubernetesMachine(directory: string, names: { name: string; address: string }): Host {
  const file = (path: string, text: string): void => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  file('usr/lib/systemd/system/kubelet.service', '');
  file('usr/bin/etcd', ''); // the test's own etcd is found on the search path
  file('proc/sys/kernel/hostname', `${names.name}\n`);
  file('etc/hostname', `${names.name}\n`);
  const real = new RealHost().within(directory);
  const run = async (argv: Argv, options: RunOptions): Promise<RunResult> => {
    if (argv[0] === 'ip') {
      const addresses = [{ addr_info: [{ local: names.address, prefixlen: 24 }] }];
      return { stdout: JSON.stringify(addresses), stderr: '', exitCode: 0 };
    }
    if (argv[0] === 'systemctl') return { stdout: shownCommand('/usr/bin/kubelet'), stderr: '', exitCode: 0 };
    return real.run(argv, options);
  };
  return new Proxy(real, {
    get(target, key) {
      if (key === 'run') return run;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
