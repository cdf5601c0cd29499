import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { HealthCheck } from '../../../bootagent/health/health-check.ts';
import { waitForHealth } from '../../../bootagent/health/wait-for-health.ts';
import { RecordingHost } from '../../support/recording-host.ts';

/** Waits with a check that takes 40 s by the node's clock, of which 20 are left to the last look. */
async function waitWith(answers: readonly (boolean | 'hangs')[], settleMs = 42_000) {
  const host = new RecordingHost();
  let looks = 0;
  const slow: HealthCheck = {
    name: 'slow',
    weight: 'required',
    tier: 'mandatory',
    async look() {
      const answer = answers[looks++];
      host.uptime += answer === 'hangs' ? 60 : 40;
      if (answer === 'hangs') await delay(60_000, undefined, { ref: false });
      return { well: answer === true, detail: `look ${looks}` };
    },
  };
  const report = await waitForHealth(host, async () => [slow], {
    settleMs,
    lastLookMs: 20,
    pauseMs: 2_000,
    signal: AbortSignal.any([]),
    onUnhealthy: () => undefined,
  });
  return { report, looks };
}

test('A last look that is cut off leaves what the one before has found.', async (t) => {
  const { report, looks } = await waitWith([false, 'hangs']);
  t.is(looks, 2);
  t.is(report.results[0]?.detail, 'look 1');
});

test('A last look that finds the node well in what time there is counts.', async (t) => {
  t.true((await waitWith([false, true])).report.healthy);
});

test('A first look that is cut off is all that can be told.', async (t) => {
  const { report } = await waitWith(['hangs'], 0);
  t.regex(report.results[0]?.detail ?? '', /did not answer/);
});
