import type { Host } from '../host/host.ts';

/** `ostree admin`: what changes deployments. Reading them is `core/sysroot`'s. */

const MINUTES = 60_000;

/** Makes a stateroot: an empty `/ostree/deploy/<name>` with its `/var`. */
export async function initStateroot(host: Host, name: string): Promise<void> {
  await host.run(['ostree', 'admin', 'os-init', name], {
    description: `make the stateroot ${name}`,
    timeoutMs: 2 * MINUTES,
  });
}

export interface DeployOptions {
  readonly stateroot: string;
  readonly checksum: string;
  readonly kernelArguments: readonly string[];
  /** The origin's refspec, so that `ostree admin status` shows where it came from. */
  readonly originFile?: string;
}

/** Deploys a commit after all others in boot order; nothing else is removed, the default stays. */
export async function deployNotAsDefault(host: Host, options: DeployOptions): Promise<void> {
  await host.run(
    [
      'ostree',
      'admin',
      'deploy',
      `--os=${options.stateroot}`,
      '--no-prune',
      '--not-as-default',
      ...(options.originFile === undefined ? [] : [`--origin-file=${options.originFile}`]),
      ...options.kernelArguments.map((argument) => `--karg-append=${argument}`),
      options.checksum,
    ],
    {
      description: `deploy commit ${options.checksum.slice(0, 12)} as ${options.stateroot}`,
      timeoutMs: 15 * MINUTES,
    },
  );
}

/** Makes the deployment at a boot order index the default. */
export async function setDefault(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'set-default', String(index)], {
    description: `make deployment ${index} the default`,
    timeoutMs: 5 * MINUTES,
  });
}

/** Removes the deployment at a boot order index. */
export async function undeploy(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'undeploy', String(index)], {
    description: `remove deployment ${index}`,
    timeoutMs: 10 * MINUTES,
  });
}

/** Pins a deployment, so that ostree's own clean-up never removes it. */
export async function pin(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'pin', String(index)], {
    description: `pin deployment ${index}`,
    timeoutMs: MINUTES,
  });
}

export async function unpin(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'pin', '--unpin', String(index)], {
    description: `unpin deployment ${index}`,
    timeoutMs: MINUTES,
  });
}

/** Removes what no deployment uses: leftover deployment directories, boot files, repository objects. */
export async function cleanUp(host: Host): Promise<void> {
  await host.run(['ostree', 'admin', 'cleanup'], {
    description: 'clean up unused deployments and objects',
    timeoutMs: 15 * MINUTES,
  });
}

/** Whether this ostree knows `ostree admin set-default` (2023.x on); without it no default can be changed later. */
export async function supportsSetDefault(host: Host): Promise<boolean> {
  const help = await host.run(['ostree', 'admin', '--help'], {
    description: 'ask ostree what it can do',
    timeoutMs: MINUTES,
  });
  return /^\s*set-default\b/m.test(help.stdout + help.stderr);
}
