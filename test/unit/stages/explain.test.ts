import test from 'ava';
import { explainFailure, explainStatus, type Known, lastFailure } from '../../../bootagent/stages/explain.ts';
import { span } from '../../../bootagent/stages/spoken-time.ts';
import { withProgress } from '../../../bootagent/stages/state-machine/outcomes.ts';
import { eventLine, parseEvents } from '../../../core/contract/events.ts';
import type { Pivot } from '../../../core/contract/pivot.ts';
import { UpgradeStory } from '../../support/upgrade-story.ts';

const DEPLOYMENT = { stateroot: 'debian', checksum: 'a'.repeat(64), deployment: 'a.0' };
const PIVOT: Pivot = {
  version: 1,
  nonce: '0123456789',
  seedVersion: '4.16.2',
  old: DEPLOYMENT,
  new: { ...DEPLOYMENT, stateroot: 'debian_4.16.2' },
  armedAt: '2026-01-01T00:00:05.000Z',
  deadline: '2026-01-01T00:30:05.000Z',
  timeoutSeconds: 1800,
  attemptsLeft: 0,
  onFailure: 'roll-back',
  rollback: { postRebootConfig: true, upgradeCompletion: true, initMonitor: true },
  handedOver: true,
  state: 'rolled-back',
  failure: null,
  armedBootId: 'one',
  attemptBootId: 'two',
};

function knownOf(story: UpgradeStory, more: Partial<Known> = {}): Known {
  const stateroots = { original: 'debian', new: 'debian_4.16.2' };
  const status = { ...story.status, lca: { ...story.status.lca, stateroots } };
  const requested = story.request?.stage ?? null;
  return { status, pivot: null, events: [], requested, booted: 'debian', now: story.now, ...more };
}

function fallenBack(): UpgradeStory {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.prepares();
  story.asks('Upgrade');
  story.pivots();
  return story.fallsBack('post-reboot-config', 'step apply-network: nmcli failed with exit code 4');
}

test('lca why tells the stage, step, cause, evidence, remedy and what led to it.', (t) => {
  const story = fallenBack();
  const failure = story.status.lca.lastFailure;
  if (failure === null) return t.fail('nothing failed');
  const lca = {
    ...story.status.lca,
    lastFailure: { ...failure, evidence: ['Error: no device found'], remedy: 'Plug it in.' },
  };
  story.status = { ...story.status, lca };
  const at = (seconds: number) => new Date(Date.parse(failure.time) + seconds * 1000);
  const origin = { boot: 'two', stateroot: 'debian_4.16.2' };
  const events = parseEvents(
    [
      eventLine(at(-3), origin, { kind: 'step', message: 'boot apply-network (3/7): started' }),
      eventLine(at(-2), origin, { kind: 'command', message: 'nmcli connection up' }),
      eventLine(at(-1), origin, { kind: 'failure', message: 'nmcli failed' }),
      eventLine(at(5), origin, { kind: 'boot', message: 'later' }),
    ].join(''),
  );
  story.tick();
  t.is(
    explainFailure(knownOf(story, { events })),
    `Upgrade failed at step some-step, 2026-01-01 00:00:07 UTC (2s ago).

Cause:
  Rollback due to postpivot failure: step apply-network: nmcli failed with exit code 4

Evidence:
  Error: no device found

Remedy:
  Plug it in.

Now:
  debian, the old stateroot (the new one is debian_4.16.2)
  Possible next: Idle.

What led to it:
  00:00:04 debian_4.16.2 step: boot apply-network (3/7): started
  00:00:06 debian_4.16.2 failure: nmcli failed`,
  );
});

test('lca why works in the new stateroot, where only the try-boot record knows.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const failure = {
    trigger: 'init-monitor',
    step: 'wait-for-health',
    reason: 'sshd is down',
    evidence: [],
    remedy: null,
    at: story.tick().toISOString(),
  } as const;
  const known = knownOf(story, { pivot: { ...PIVOT, state: 'failed', failure }, booted: 'debian_4.16.2' });
  t.like(lastFailure(known), { stage: 'Upgrade', step: 'wait-for-health', message: 'sshd is down' });
  t.regex(
    explainFailure(known),
    /^Upgrade failed at step wait-for-health[\s\S]*the new stateroot \(the old one is debian\)/,
  );
});

test('The newer of two failures is told.', (t) => {
  const story = fallenBack();
  const older = {
    trigger: 'uncontrolled',
    step: 'x',
    reason: 'older',
    evidence: [],
    remedy: null,
    at: '2025-12-31T00:00:00Z',
  } as const;
  t.is(
    lastFailure({ status: story.status, pivot: { ...PIVOT, failure: older } }),
    story.status.lca.lastFailure,
  );
});

test('Where nothing has failed, lca why says so; a refused request is told.', (t) => {
  const story = new UpgradeStory();
  t.is(explainFailure(knownOf(story)), 'Nothing has failed since the last Prep began.');
  story.status = {
    ...story.status,
    lca: { ...story.status.lca, refused: { message: 'ibu.yaml:3:1: no.', time: story.now.toISOString() } },
  };
  t.regex(explainFailure(knownOf(story)), /refused[\s\S]*ibu\.yaml:3:1: no\./);
});

test('lca status shows what is asked for, what goes on and what may come next.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const startedAt = story.now.toISOString();
  const progress = {
    sequence: 'prep',
    step: 'pull-seed',
    index: 2,
    total: 9,
    message: '1 of 2 GiB',
    startedAt,
  };
  story.status = withProgress(story.status, progress);
  story.now = new Date(story.now.getTime() + 65_000);
  t.is(
    explainStatus(knownOf(story)),
    `Asked for  Prep
State      InProgress: In progress
Progress   prep pull-seed (2/9): 1 of 2 GiB, for 1m 5s
Next       Idle
Seed       4.16.2 from registry.example/seed:4.16.2
Booted     debian, the old stateroot (the new one is debian_4.16.2)

CONDITION       STATUS  REASON      FOR    MESSAGE
Idle            False   InProgress  1m 5s  In progress
PrepInProgress  True    InProgress  1m 5s  In progress

HISTORY
  Prep      not ended, begun 1m 5s ago`,
  );
});

test('lca status shows the try-boot with its deadline, and points to lca why after a failure.', (t) => {
  const story = fallenBack();
  t.regex(
    explainStatus(knownOf(story, { pivot: PIVOT })),
    /Try-boot {3}rolled back\nFailure {4}Rollback due to .* \(see: lca why\)/,
  );
  t.regex(
    explainStatus(knownOf(story, { pivot: { ...PIVOT, state: 'booted' } })),
    /Try-boot {3}under way; deadline 2026-01-01 00:30:05 UTC \(in 29m 57s\)/,
  );
});

test('Spans are said in their two largest units.', (t) => {
  t.deepEqual(
    [0, 999, 59_000, 60_000, 3_600_000, 3_661_000, 90_061_000].map((milliseconds) => span(milliseconds)),
    ['0s', '1s', '59s', '1m', '1h', '1h 1m', '1d 1h'],
  );
});
