import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { condition, nodeWithLca, untilStatus } from '../support/story/nodes.ts';
import { forwardsTo } from '../support/story/seed-image.ts';
import { dressTarget, ibu } from '../support/story/target.ts';
import { seedRegistry } from '../support/story/whole-story.ts';

/** Steps in the middle of which the power goes, and how long into them at most. */
const CUTS = [
  ['pull-seed', 4_000],
  ['deploy', 1_000],
  ['restore-var', 2_000],
  ['precache-images', 500],
] as const;

test('Prep goes on by itself after power cuts in the middle of pull, deploy, restore and precache', async (t) => {
  const front = await seedRegistry(t);
  await using target = await nodeWithLca({ disk: 'target', forwards: forwardsTo(front), log: t.title });
  await dressTarget(target);
  await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Prep'));
  for (const [step, spread] of CUTS) {
    await untilStatus(target, `step ${step} is under way`, (status) => status.lca.progress?.step === step);
    const pause = Math.floor(Math.random() * spread);
    await delay(pause);
    t.log(`power cut ${pause} ms into ${step}`);
    await target.powerCut();
    await target.powerOn();
    await target.waitForBoot({ timeoutMs: 400_000 });
  }
  const status = await untilStatus(
    target,
    'prepared',
    (now) => condition(now, 'PrepCompleted') !== undefined,
  );
  if (condition(status, 'PrepCompleted')?.status !== 'True') {
    t.log(await target.sh('lca why; journalctl -b -u lca-agent --no-pager | tail -40'));
  }
  t.like(condition(status, 'PrepCompleted'), { status: 'True', reason: 'Completed' });
  t.deepEqual([...status.validNextStages], ['Idle', 'Upgrade']);
  t.is(await target.sh('ostree fsck --quiet >/dev/null 2>&1; echo $?', { timeoutMs: 600_000 }), '0');
  t.is(await target.sh('cat /ostree/deploy/lca_2.0.0/var/lib/fleet/model.bin'), 'weights');
});
