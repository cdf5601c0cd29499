import type { Host } from '../host/host.ts';

/**
 * `ostree admin`: what changes deployments. Reading them is `core/sysroot`'s, and indexes are as they are told there: in
 * boot order, where ostree itself counts a staged deployment before all others.
 */

const MINUTES = 60_000;
/** A deployment that ostree finishes on the way down to the next reboot (ostree-admin-deploy(1), `--stage`). */
const STAGED = '/run/ostree/staged-deployment';

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

/**
 * Whether an update waits for the next reboot. It has no boot loader entry yet; ostree counts it as its deployment 0,
 * and it will be the default whatever has been made it meanwhile.
 */
export async function hasStagedDeployment(host: Host): Promise<boolean> {
  return (await host.stat(STAGED)) !== undefined;
}

/**
 * Makes the deployment at a boot order index the default, if it is not. An update that is staged is given up: on the way
 * down to the reboot it would make itself the default.
 */
export async function setDefault(host: Host, index: number): Promise<void> {
  if (await hasStagedDeployment(host)) await giveUpStaged(host);
  if (index === 0) return;
  await host.run(['ostree', 'admin', 'set-default', String(index)], {
    description: `make deployment ${index} the default`,
    timeoutMs: 5 * MINUTES,
  });
}

async function giveUpStaged(host: Host): Promise<void> {
  await host.run(['ostree', 'admin', 'undeploy', '0'], {
    description: 'give up the staged deployment',
    timeoutMs: 10 * MINUTES,
  });
}

/** Removes the deployment at a boot order index. */
export async function undeploy(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'undeploy', await numberOf(host, index)], {
    description: `remove deployment ${index}`,
    timeoutMs: 10 * MINUTES,
  });
}

/** Pins a deployment, so that ostree's own clean-up never removes it. */
export async function pin(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'pin', await numberOf(host, index)], {
    description: `pin deployment ${index}`,
    timeoutMs: MINUTES,
  });
}

export async function unpin(host: Host, index: number): Promise<void> {
  await host.run(['ostree', 'admin', 'pin', '--unpin', await numberOf(host, index)], {
    description: `unpin deployment ${index}`,
    timeoutMs: MINUTES,
  });
}

/** How ostree numbers the deployment at a boot order index now. */
async function numberOf(host: Host, index: number): Promise<string> {
  return String((await hasStagedDeployment(host)) ? index + 1 : index);
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
