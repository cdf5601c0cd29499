import test from 'ava';
import * as fc from 'fast-check';
import {
  appendEvent,
  eventLine,
  mergeEvents,
  parseEvents,
  readEvents,
} from '../../../core/contract/events.ts';
import { withoutSecrets } from '../../../core/contract/secrets.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const ORIGIN = { boot: 'b1', stateroot: 'old' };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const line = (seconds: number, message: string) =>
  eventLine(at(seconds), ORIGIN, { kind: 'decision', message });

test('Events are appended a line each and read back.', async (t) => {
  const host = new RecordingHost();
  await appendEvent(host, ORIGIN, {
    kind: 'step',
    sequence: 'prep',
    step: 'pull-seed',
    message: 'done',
    data: { bytes: 3 },
  });
  await appendEvent(host, ORIGIN, { kind: 'boot', message: 'two\nlines' });
  const [first, second] = await readEvents(host);
  t.like(first, {
    kind: 'step',
    sequence: 'prep',
    step: 'pull-seed',
    message: 'done',
    data: { bytes: 3 },
    ...ORIGIN,
  });
  t.like(second, { kind: 'boot', message: 'two\nlines', sequence: null, step: null, data: {} });
});

test('A box cut anywhere loses no more than the line that was cut, also when the next one is glued to it.', (t) => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 5 });
  const property = fc.property(texts, fc.nat(), (messages, where) => {
    const lines = messages.map((message, i) => line(i, message));
    const last = lines.at(-1) ?? '';
    const torn = last.slice(0, where % last.length);
    const kept = parseEvents([...lines.slice(0, -1), torn].join('')).map(({ message }) => message);
    const glued = parseEvents([...lines.slice(0, -1), torn, line(99, 'after')].join('')).map(
      ({ message }) => message,
    );
    const whole = messages.slice(0, -1).map((message) => withoutSecrets(message));
    const rest = kept.slice(whole.length);
    return (
      JSON.stringify(kept.slice(0, whole.length)) === JSON.stringify(whole) &&
      rest.length <= 1 &&
      glued.length >= whole.length + 1 &&
      glued.at(-1) === 'after'
    );
  });
  t.notThrows(() => fc.assert(property));
});

test('Any bytes are read without an error.', (t) => {
  t.notThrows(() =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseEvents(text).length === 0)),
  );
});

test('Both stateroots’ boxes make one story: no line twice, in the order of time.', (t) => {
  const shared = line(1, 'armed');
  const merged = mergeEvents(
    `${shared}${line(4, 'came back')}`,
    `${shared}${line(2, 'booted')}${line(3, 'cut').slice(0, -9)}`,
  );
  t.deepEqual(
    parseEvents(merged).map(({ message }) => message),
    ['armed', 'booted', 'came back'],
  );
  t.is(mergeEvents(merged, merged), merged);
});

test('Secrets do not get into the box, whatever they are called and wherever they stand.', (t) => {
  const written = eventLine(at(0), ORIGIN, {
    kind: 'command',
    message: 'pull from https://me:hunter2@registry.example failed: Bearer hunter2hunter2',
    data: {
      pull_secret: 'hunter2',
      nested: [{ password: 'hunter2', auth: 'hunter2', localhost_signer_private_key: 'hunter2' }],
      output: '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n{"auth": "hunter2"}',
      image: 'registry.example/seed:1',
    },
  });
  t.notRegex(written, /hunter2/);
  t.regex(written, /registry\.example\/seed:1/);
});

test('A line is never longer than 16 KiB.', (t) => {
  const long = eventLine(at(0), ORIGIN, {
    kind: 'command',
    message: 'x'.repeat(1e6),
    data: { output: 'y'.repeat(1e6) },
  });
  t.true(long.length <= 16_385);
  t.is(parseEvents(long).length, 1);
});
