import type { Host } from '../host/host.ts';

const MINUTE = 60_000;

/** Names of running containers whose own health check says "unhealthy" (podman-ps(1), filter `health`). */
export async function unhealthyContainers(host: Host): Promise<readonly string[]> {
  const { stdout } = await host.run(['podman', 'ps', '--filter=health=unhealthy', '--format={{.Names}}'], {
    description: 'ask containers for their health',
    timeoutMs: MINUTE,
  });
  return stdout.split('\n').filter((name) => name !== '');
}

export async function startContainer(host: Host, name: string): Promise<void> {
  await host.run(['podman', 'start', name], {
    description: `start the container ${name}`,
    timeoutMs: 5 * MINUTE,
  });
}

/** Whether there is a container of that name, running or not (podman-container-exists(1)). */
export async function containerExists(host: Host, name: string): Promise<boolean> {
  const { exitCode } = await host.run(['podman', 'container', 'exists', name], {
    description: `ask whether there is a container ${name}`,
    timeoutMs: MINUTE,
    okExitCodes: [0, 1],
  });
  return exitCode === 0;
}
