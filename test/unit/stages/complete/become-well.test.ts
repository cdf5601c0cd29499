import test from 'ava';
import { becomeWell } from '../../../../bootagent/stages/complete/become-well.ts';
import type { CompleteContext } from '../../../../bootagent/stages/complete/complete-context.ts';
import { timeOfTrial } from '../../../../bootagent/stages/complete/time-of-trial.ts';
import { SITE_NETWORK_PATH } from '../../../../core/contract/paths.ts';
import type { Pivot } from '../../../../core/contract/pivot.ts';
import { attempt, nodeRunning } from '../../../support/fake-attempt.ts';
import type { RecordingHost } from '../../../support/recording-host.ts';
import { stageContext } from '../../../support/stage-context.ts';

const NO_MONITOR = { postRebootConfig: true, upgradeCompletion: true, initMonitor: false };

/** A new system whose start target is reached at some time after boot. */
function slowNode(wellAt: number, pivot: Partial<Pivot>): { host: RecordingHost; context: CompleteContext } {
  const host = nodeRunning('new', undefined);
  host.on(/^podman ps /, '');
  host.on(/^systemctl is-active .*multi-user/, () => ({ exitCode: host.uptime < wellAt ? 3 : 0 }));
  const context: CompleteContext = {
    ...stageContext(host),
    pivot: attempt({ state: 'configured', ...pivot }),
    proven: { api: false, essentials: false, healthy: false },
  };
  return { host, context };
}

test('A slow system has as long to become well as the init monitor leaves it.', async (t) => {
  const { host, context } = slowNode(6_900, { timeoutSeconds: 7200 });
  t.true((await becomeWell(context, 'all')).healthy);
  t.true(host.uptime >= 6_900);
});

for (const timeoutSeconds of [120, 240, 1800, 7200]) {
  test(`A system that is not well ${timeoutSeconds} s after boot is given up, by name, before the watchdog acts.`, async (t) => {
    const { host, context } = slowNode(Number.POSITIVE_INFINITY, { timeoutSeconds });
    await t.throwsAsync(becomeWell(context, 'all'), { code: 'unhealthy', message: /built-in\/system/ });
    const { until, lastLookSeconds } = await timeOfTrial(host, context.pivot);
    t.true(host.uptime <= Math.max(until, 100), `given up at ${host.uptime} s`);
    t.true(host.uptime > until - 3 || host.uptime === 100, 'and not earlier than it has to be');
    t.true(until + lastLookSeconds < timeoutSeconds, 'a last look leaves time for the way back');
  });
}

test('A boot that has used up the time leaves one look, which counts.', async (t) => {
  const well = slowNode(0, { timeoutSeconds: 300 });
  well.host.uptime = 290;
  t.true((await becomeWell(well.context, 'all')).healthy);
  const ill = slowNode(400, { timeoutSeconds: 300 });
  ill.host.uptime = 290;
  await t.throwsAsync(becomeWell(ill.context, 'all'), { code: 'unhealthy' });
  t.is(ill.host.uptime, 290);
});

test('Without an init monitor each wait may take the whole time, however long the boot took.', async (t) => {
  const late = slowNode(5_000, { timeoutSeconds: 1800, rollback: NO_MONITOR });
  late.host.uptime = 4_000;
  t.true((await becomeWell(late.context, 'all')).healthy);
  const never = slowNode(9_000, { timeoutSeconds: 1800, rollback: NO_MONITOR });
  never.host.uptime = 4_000;
  await t.throwsAsync(becomeWell(never.context, 'all'), { code: 'unhealthy' });
  t.true(never.host.uptime > 5_790);
});

test('A new system that cannot be reached as the old one could is given up, whatever else is well.', async (t) => {
  const { host, context } = slowNode(0, { timeoutSeconds: 300 });
  host.file(SITE_NETWORK_PATH, JSON.stringify({ routed: ['ipv4'], addressed: ['ipv4'] }));
  host.on(/^ip -json /, '[]');
  const message = /built-in\/network: no IPv4 address/;
  await t.throwsAsync(becomeWell(context, 'mandatory'), { code: 'unhealthy', message });
});
