import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlackBoxEvent } from '../../core/contract/events.ts';
import { condition, nodeWithLca, statusOf, untilStatus } from '../support/story/nodes.ts';
import { overheadOf, overheadText } from '../support/story/overhead.ts';
import { buildSeed, dressSeed, forwardsTo, registryWithWorkloads } from '../support/story/seed-image.ts';
import { dressTarget, ibu } from '../support/story/target.ts';
import type { VmNode } from '../support/vm/node.ts';

const began = Date.now();
const durations: (readonly [what: string, seconds: number])[] = [];

function say(text: string): void {
  for (const line of text.split('\n')) {
    const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(5);
    process.stdout.write(`${seconds} s  ${line}\n`);
  }
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  say(`── ${what}`);
  const start = Date.now();
  const result = await work();
  durations.push([what, (Date.now() - start) / 1000]);
  return result;
}

/** Shows the target's black box as it grows, across reboots, until the work has ended. */
async function following<T>(target: VmNode, work: Promise<T>): Promise<T> {
  let shown = await events(target).then((all) => all.length);
  const ended = new AbortController();
  const showing = (async () => {
    while (!ended.signal.aborted) {
      await delay(2_000);
      const all = await events(target);
      for (const { stateroot, message } of all.slice(shown)) say(`   [${stateroot}] ${message}`);
      shown = Math.max(shown, all.length);
    }
  })();
  try {
    return await work;
  } finally {
    ended.abort();
    await showing;
  }
}

async function events(target: VmNode): Promise<readonly BlackBoxEvent[]> {
  const { stdout } = await target
    .ssh('lca events -o json', { timeoutMs: 60_000 })
    .catch(() => ({ stdout: '' }));
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as BlackBoxEvent);
}

/** Asks for the workload every second, and says how long it did not answer. */
function watchDowntime(target: VmNode): { stop(): Promise<number> } {
  const stopped = new AbortController();
  let since: number | undefined;
  let longest = 0;
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      const { code } = await target
        .ssh('curl -s -o /dev/null -m 2 http://127.0.0.1:8081/data/readings.txt', { timeoutMs: 10_000 })
        .catch(() => ({ code: 1 }));
      if (code !== 0) since ??= Date.now();
      else if (since !== undefined) {
        longest = Math.max(longest, Date.now() - since);
        since = undefined;
      }
      await delay(1_000);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await watching;
      return longest / 1000;
    },
  };
}

const directory = await mkdtemp(join(tmpdir(), 'lca-demo-'));
const front = await timed('Start a registry on this machine', () => registryWithWorkloads(directory));
const forwards = forwardsTo(front);
try {
  const seed = await timed('Boot the seed node, release 2.0.0', () =>
    nodeWithLca({ disk: 'seed', forwards, log: 'demo' }),
  );
  await dressSeed(seed);
  say(await timed('Make the seed image in a container and push it', () => buildSeed(seed, front)));
  await seed.dispose();

  const target = await timed('Boot the target node, release 1.0.0', () =>
    nodeWithLca({ disk: 'target', forwards, log: 'demo' }),
  );
  await dressTarget(target);
  say(
    await target.sh('hostname; cat /usr/share/test-host/release; podman ps --format "{{.Names}} {{.Image}}"'),
  );
  const served = front.bytesServed;

  await timed('Prep', async () => {
    await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Prep'));
    await following(
      target,
      untilStatus(target, 'prepared', (status) => condition(status, 'PrepCompleted')?.status === 'True'),
    );
  });
  const pulled = front.bytesServed - served;

  const downtime = watchDowntime(target);
  await timed('Upgrade', async () => {
    await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Upgrade'));
    await following(
      target,
      untilStatus(target, 'upgraded', (status) => condition(status, 'UpgradeCompleted')?.status === 'True'),
    );
  });
  const down = await downtime.stop();
  const overhead = overheadText(await overheadOf(target));
  say(
    await target.sh('hostname; cat /usr/share/test-host/release; podman ps --format "{{.Names}} {{.Image}}"'),
  );
  say(await target.sh('lca status'));

  await timed('Rollback', async () => {
    await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Rollback'));
    await following(
      target,
      untilStatus(
        target,
        'rolled back',
        (status) => condition(status, 'RollbackCompleted')?.status === 'True',
      ),
    );
  });
  await timed('Idle', async () => {
    await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle'));
    await following(
      target,
      untilStatus(target, 'at rest', (status) => condition(status, 'Idle')?.status === 'True'),
    );
  });
  const last = (await statusOf(target)).conditions.at(-1);
  await target.dispose();

  say('');
  say('Summary');
  for (const [what, seconds] of durations) say(`  ${what.padEnd(52)} ${seconds.toFixed(0).padStart(5)} s`);
  say(`  ${"Longest time the site's workload did not answer".padEnd(52)} ${down.toFixed(0).padStart(5)} s`);
  say(`  ${'Bytes fetched by Prep'.padEnd(52)} ${(pulled / 2 ** 20).toFixed(0).padStart(5)} MiB`);
  say(`  ${overhead}`);
  say(`  The node is ${last?.type}: ${last?.message}.`);
} finally {
  await front.dispose();
  await rm(directory, { recursive: true, force: true });
}
