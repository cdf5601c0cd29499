import { basename } from 'node:path';
import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { LCA_DIRECTORY, REQUEST_PATH } from '../../core/contract/paths.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import type { ServiceManager } from '../../core/tools/service-manager.ts';
import type { SeedBuilder } from '../seed-generator/seed-builder.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { withProgress } from '../stages/state-machine/outcomes.ts';
import type { AgentContext } from './agent-context.ts';
import { handOverOnShutdown } from './hand-over.ts';
import { look } from './look.ts';
import { recover } from './recover.ts';
import { keepSecondDoor } from './second-door.ts';
import { keepSeedGenerator, openGate } from './seed-generator.ts';
import { Wake } from './wake.ts';
import { isTask, runTask, type Task } from './work.ts';

const POLL_MS = 10_000;
const ALIVE_MS = 45_000;

interface Running {
  readonly task: Task;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * The agent: watches `/var/lib/lca`, decides what the request means for the node, and does it. One task at a time; a
 * request to go Idle stops a task that can be stopped. What a SeedGenerator asks for is done beside it, never at the
 * same time. Whatever is under way when the agent is stopped goes on when it
 * comes back.
 */
export async function runAgent(
  agent: AgentContext,
  systemd: ServiceManager,
  seedBuilder: SeedBuilder,
  signal: AbortSignal,
): Promise<void> {
  const { host, log, blackBox } = agent;
  await host.makeDirectory(LCA_DIRECTORY, 0o755);
  await recover(agent);
  await blackBox.record({ kind: 'boot', message: `Agent started in stateroot ${blackBox.origin.stateroot}` });
  const wake = new Wake();
  const watcher = host.watch(LCA_DIRECTORY, (name) => {
    // its own files change all the time
    if (name === undefined || name === basename(REQUEST_PATH)) wake.up();
  });
  signal.addEventListener('abort', () => wake.up());
  await systemd.ready('watching /var/lib/lca');
  const gate = await openGate(host);
  const doors = Promise.all([
    keepSecondDoor(agent, signal),
    keepSeedGenerator(agent, seedBuilder, gate, signal),
  ]);
  let running: Running | undefined;
  let told = 0;
  try {
    while (!signal.aborted) {
      const { booted } = await readSysroot(agent.host);
      // a seed in the making is waited for
      const decision = await look(agent, booted.stateroot, gate.isBusy ? MESSAGES.seedIsMade : undefined);
      const task = isTask(decision.work) ? decision.work : undefined;
      if (running !== undefined && running.task !== task) {
        running.stop.abort(new Error(`The request has changed: ${decision.work}.`));
        await running.ended;
        running = undefined;
      }
      const request = agent.store.current.lca.accepted;
      if (running === undefined && task !== undefined && request !== null && !gate.isBusy) {
        running = start(agent, task, request, () => wake.up());
        running.ended.then(() => {
          running = undefined;
          wake.up();
        }, log.error);
      }
      const now = host.now().getTime();
      if (now - told > ALIVE_MS) {
        told = now;
        await systemd.alive().catch((error: unknown) => log.warn(messageOf(error)));
      }
      await wake.wait(POLL_MS);
    }
  } finally {
    watcher.stop();
    await handOverOnShutdown(agent).catch((error: unknown) => log.error(messageOf(error)));
    running?.stop.abort(new Error('The agent is stopped.'));
    await running?.ended;
    if (signal.aborted) await doors;
  }
}

function start(agent: AgentContext, task: Task, request: UpgradeRequest, wake: () => void): Running {
  const stop = new AbortController();
  const ended = runTask(task, { agent, request, signal: stop.signal }).catch(async (error: unknown) => {
    if (!stop.signal.aborted) {
      agent.log.error(messageOf(error));
      await agent.blackBox.record({ kind: 'failure', message: `${task}: ${messageOf(error)}` });
      await agent.host.sleep(POLL_MS); // something nobody foresaw; not in a tight circle
    }
    await agent.store.update((status) => withProgress(status, null)).catch(() => undefined);
  });
  ended.finally(wake).catch(() => undefined);
  return { task, stop, ended };
}
