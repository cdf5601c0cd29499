import { setTimeout as delay } from 'node:timers/promises';
import type { AgentContext } from '../../bootagent/agent/agent-context.ts';
import { look } from '../../bootagent/agent/look.ts';
import { keepSecondDoor } from '../../bootagent/agent/second-door.ts';
import { StatusStore } from '../../bootagent/agent/status-store.ts';
import { Wake } from '../../bootagent/agent/wake.ts';
import { findKubeconfig } from '../../bootagent/cluster/find-kubeconfig.ts';
import { tellReboot } from '../../bootagent/cluster/tell-reboot.ts';
import { LCA_DIRECTORY } from '../../core/contract/paths.ts';
import type { Status } from '../../core/contract/status.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { createLogger } from '../../core/log/logger.ts';
import { memoryBox } from './fake-attempt.ts';

/** What a stage did, as its work writes it into the status. */
export type Outcome = (status: Status, now: Date) => Status;

const POLL_MS = 50;

/**
 * The agent of a node that has a Kubernetes API, without the work of the stages: the real door, the real files below a
 * directory and the real decisions; what a stage's work would say is told by the test.
 */
export class DoorNode {
  readonly host: RealHost;
  readonly #wake = new Wake();
  #agent: AgentContext | undefined;
  #stop: AbortController | undefined;
  #running: Promise<unknown> = Promise.resolve();

  /** @param root of the node's machine: kubeconfigs and /var/lib/lca lie below it */
  constructor(root: string) {
    this.host = new RealHost({ root });
  }

  /** Starts the agent in a stateroot, as a boot does. */
  async boot(stateroot: string): Promise<void> {
    await this.stop();
    const { host } = this;
    await host.makeDirectory(LCA_DIRECTORY, 0o755);
    const { store } = await StatusStore.open(host, stateroot);
    const log = createLogger('door', process.env['DOOR_LOG'] ?? 'silent');
    const agent = { host, store, log, blackBox: memoryBox() };
    const stop = new AbortController();
    // as a booted agent does before anything else
    await look(agent, stateroot);
    this.#agent = agent;
    this.#stop = stop;
    this.#running = Promise.all([
      keepSecondDoor(agent, stop.signal),
      this.#look(agent, stateroot, stop.signal),
    ]);
  }

  async stop(): Promise<void> {
    this.#stop?.abort(new Error('stopped'));
    this.#wake.up();
    await this.#running;
  }

  get status(): Status {
    if (this.#agent === undefined) throw new Error('The node is not booted.');
    return this.#agent.store.current;
  }

  /** Tells the cluster that the node is about to reboot. */
  async tellReboot(message: string): Promise<void> {
    const kubeconfig = await findKubeconfig(this.host);
    if (kubeconfig === undefined || this.#stop === undefined) throw new Error('The node is not booted.');
    await tellReboot(this.host, kubeconfig, message, this.#stop.signal);
  }

  async say(outcome: Outcome): Promise<void> {
    await this.#agent?.store.update(outcome);
  }

  async #look(agent: AgentContext, stateroot: string, signal: AbortSignal): Promise<void> {
    const watcher = agent.host.watch(LCA_DIRECTORY, (name) => {
      if (name === undefined || name === 'ibu.yaml') this.#wake.up();
    });
    try {
      while (!signal.aborted) {
        await look(agent, stateroot);
        await this.#wake.wait(1000);
      }
    } finally {
      watcher.stop();
    }
  }
}

/** Waits until something holds; the last answer is in the error otherwise. */
export async function until<Value>(
  what: string,
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  let last: unknown;
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    try {
      const value = await read();
      if (holds(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(
    `It never came about that ${what}: ${last instanceof Error ? last.stack : JSON.stringify(last)}`,
  );
}
