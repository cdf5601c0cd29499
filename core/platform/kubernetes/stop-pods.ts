import type { Host } from '../../host/host.ts';
import {
  crictlContainers,
  crictlRemovePods,
  crictlStop,
  hasCrictl,
  type PodContainer,
} from '../../tools/crictl.ts';
import { ctrContainers, ctrKill } from '../../tools/ctr.ts';
import { COMPONENTS } from './control-plane.ts';
import type { ContainerRuntime } from './runtime.ts';

/** Given to each container to end in order. */
const GRACE_SECONDS = 30;
const POLL_MS = 500;

/**
 * Stops everything that runs in pods: workloads first and together, then the control plane part by part, so that etcd is
 * the last to write. The kubelet has to be stopped before, or it would start them again.
 */
export async function stopPods(host: Host, runtime: ContainerRuntime): Promise<void> {
  const driver = (await hasCrictl(host)) ? throughCri(host, runtime) : throughContainerd(host, runtime);
  const containers = await driver.list();
  const isControlPlane = ({ name }: PodContainer): boolean =>
    COMPONENTS.some((component) => component === name);
  await Promise.all(
    containers
      .filter((container) => !isControlPlane(container) && container.name !== 'sandbox')
      .map((container) => driver.stop(container)),
  );
  for (const component of COMPONENTS) {
    for (const container of containers) if (container.name === component) await driver.stop(container);
  }
  await driver.finish();
}

interface Driver {
  list(): Promise<readonly PodContainer[]>;
  stop(container: PodContainer): Promise<void>;
  /** What is left of the pods themselves. */
  finish(): Promise<void>;
}

function throughCri(host: Host, { socket }: ContainerRuntime): Driver {
  return {
    list: () => crictlContainers(host, socket),
    stop: ({ id }) => crictlStop(host, socket, id, GRACE_SECONDS),
    // left as they are, they would make the next start of CRI-O wait for their networks to time out
    finish: () => crictlRemovePods(host, socket),
  };
}

/** Without crictl: containerd's own tool. Pods that have ended are cleared away by the kubelet when it is back. */
function throughContainerd(host: Host, { socket }: ContainerRuntime): Driver {
  const isRunning = async (id: string): Promise<boolean> =>
    (await ctrContainers(host, socket)).some((container) => container.id === id);
  const stop = async ({ id }: PodContainer): Promise<void> => {
    await ctrKill(host, socket, id, 'SIGTERM');
    // a look takes time too, on a busy node far more than the pause
    const until = (await host.uptimeSeconds()) + GRACE_SECONDS;
    do {
      if (!(await isRunning(id))) return;
      await host.sleep(POLL_MS);
    } while ((await host.uptimeSeconds()) < until);
    await ctrKill(host, socket, id, 'SIGKILL');
  };
  return {
    list: () => ctrContainers(host, socket),
    stop,
    async finish() {
      for (const { id } of await ctrContainers(host, socket)) await ctrKill(host, socket, id, 'SIGKILL');
    },
  };
}
