import test from 'ava';
import { parse } from 'yaml';
import {
  FRESH_STATUS,
  parseStatus,
  readStatus,
  type Status,
  statusText,
  writeStatus,
} from '../../../core/contract/status.ts';
import { RecordingHost } from '../../support/recording-host.ts';
import { requestFor } from '../../support/upgrade-story.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const STATUS: Status = {
  observedGeneration: 3,
  conditions: [
    {
      type: 'PrepCompleted',
      status: 'True',
      reason: 'Completed',
      message: 'Prep completed: total: 121 (pulled: 1, skipped: 120, failed: 0)',
      observedGeneration: 2,
      lastTransitionTime: TIME,
    },
  ],
  validNextStages: ['Idle', 'Upgrade'],
  rollbackAvailabilityExpiration: null,
  history: [
    {
      stage: 'Prep',
      startTime: TIME,
      completionTime: TIME,
      phases: [{ phase: 'Precache', startTime: TIME, completionTime: null }],
    },
  ],
  lca: {
    specHash: 'abc',
    accepted: requestFor('Prep'),
    refused: null,
    progress: {
      sequence: 'prep',
      step: 'pull-seed',
      index: 2,
      total: 9,
      message: '1 of 2 GiB',
      startedAt: TIME,
    },
    lastFailure: {
      stage: 'Prep',
      step: 'x',
      message: 'y\nz: "q"',
      evidence: ['a: b', '- c'],
      remedy: null,
      time: TIME,
    },
    stateroots: { original: 'debian', new: null },
  },
};

test('A status is read back as it was written.', (t) => {
  t.deepEqual(parseStatus(statusText(STATUS)), STATUS);
  t.deepEqual(parseStatus(statusText(FRESH_STATUS)), FRESH_STATUS);
});

test('status.yaml looks as the resource does in a cluster, with lca’s part beside it, and without empty fields.', (t) => {
  const file = parse(statusText(STATUS)) as Record<string, Record<string, unknown>>;
  t.deepEqual(Object.keys(file), ['apiVersion', 'kind', 'metadata', 'status', 'lca']);
  t.deepEqual(Object.keys(file['status'] ?? {}), [
    'observedGeneration',
    'conditions',
    'validNextStages',
    'history',
  ]);
  t.false('refused' in (file['lca'] ?? {}));
});

test('A missing status is a fresh one.', async (t) => {
  t.deepEqual(await readStatus(new RecordingHost()), { kind: 'absent', status: FRESH_STATUS });
});

test('A status is written atomically and read again.', async (t) => {
  const host = new RecordingHost();
  await writeStatus(host, STATUS);
  t.deepEqual(host.transcript, ['write /var/lib/lca/status.yaml']);
  t.deepEqual(await readStatus(host), { kind: 'read', status: STATUS });
});

for (const [what, text] of [
  ['cut short', statusText(STATUS).slice(0, 400)],
  ['of zeros', '\0'.repeat(512)],
  ['empty', ''],
  ['with an unknown field', `${statusText(STATUS)}extra: 1\n`],
  ['of another kind', 'apiVersion: v1\nkind: ConfigMap\n'],
] as const) {
  test(`A status file that is ${what} is set aside and reported, and the agent comes up.`, async (t) => {
    const host = new RecordingHost().file('/var/lib/lca/status.yaml', text);
    const read = await readStatus(host);
    if (read.kind !== 'corrupt') return t.fail(`it was ${read.kind}`);
    t.is(read.setAside, '/var/lib/lca/status.yaml.corrupt-20260101T000000Z');
    t.is(host.files.get(read.setAside), text);
    t.is((await readStatus(host)).kind, 'absent');
    t.regex(read.error.message, /^\/var\/lib\/lca\/status\.yaml/);
  });
}
