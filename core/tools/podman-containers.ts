import type { Host } from '../host/host.ts';

/** Names of running containers whose own health check says "unhealthy" (podman-ps(1), filter `health`). */
export async function unhealthyContainers(host: Host): Promise<readonly string[]> {
  const { stdout } = await host.run(['podman', 'ps', '--filter=health=unhealthy', '--format={{.Names}}'], {
    description: 'ask containers for their health',
    timeoutMs: 60_000,
  });
  return stdout.split('\n').filter((name) => name !== '');
}
