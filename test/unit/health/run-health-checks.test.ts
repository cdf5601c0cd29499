import test from 'ava';
import type { HealthCheck } from '../../../bootagent/health/health-check.ts';
import { failuresText, runHealthChecks } from '../../../bootagent/health/run-health-checks.ts';

function check(name: string, over: Partial<HealthCheck> & { well?: boolean } = {}): HealthCheck {
  const { well = true, ...rest } = over;
  return {
    name,
    weight: 'required',
    tier: 'mandatory',
    look: async () => ({ well, detail: well ? 'well' : 'broken' }),
    ...rest,
  };
}

test('checks are looked at together: each begins before any has ended', async (t) => {
  let begun = 0;
  const all = Promise.withResolvers<void>();
  const meeting = (name: string) =>
    check(name, {
      async look() {
        begun += 1;
        if (begun === 3) all.resolve();
        await all.promise;
        return { well: true, detail: 'met' };
      },
    });
  t.true((await runHealthChecks(['a', 'b', 'c'].map(meeting))).healthy);
});

test('a check that does not answer within its own budget is not well, and holds up no other', async (t) => {
  const report = await runHealthChecks([
    check('hangs', { budgetMs: 50, look: () => new Promise(() => undefined) }),
    check('quick'),
  ]);
  t.false(report.healthy);
  t.deepEqual(
    report.results.map(({ name, well, detail }) => [name, well, detail]),
    [
      ['hangs', false, 'it did not answer within 0.05 s'],
      ['quick', true, 'well'],
    ],
  );
});

test('a look that may not take longer ends, whatever budgets the checks have', async (t) => {
  const hangs = check('hangs', { budgetMs: 600_000, look: () => new Promise(() => undefined) });
  const report = await runHealthChecks([hangs, check('quick')], 'all', 40);
  t.deepEqual(
    report.results.map(({ name, well }) => [name, well]),
    [
      ['hangs', false],
      ['quick', true],
    ],
  );
  t.regex(report.results[0]?.detail ?? '', /^it did not answer within 0\.0\d+ s$/);
});

test('a check is told to stop when its budget is spent, also one that throws then', async (t) => {
  const told = Promise.withResolvers<string>();
  await runHealthChecks([
    check('listens', {
      budgetMs: 20,
      look: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            told.resolve('stopped');
            reject(new Error('stopped'));
          });
        }),
    }),
  ]);
  t.is(await told.promise, 'stopped');
});

test('deferred checks wait for the mandatory ones, and can be asked for alone', async (t) => {
  const deferred = check('later', { tier: 'deferred' });
  const names = async (...args: Parameters<typeof runHealthChecks>) =>
    (await runHealthChecks(...args)).results.map(({ name }) => name);
  t.deepEqual(await names([deferred, check('first')]), ['first', 'later']);
  t.deepEqual(await names([deferred, check('first', { well: false })]), ['first']);
  t.deepEqual(await names([deferred, check('first', { well: false, weight: 'wanted' })]), ['first', 'later']);
  t.deepEqual(await names([deferred, check('first')], 'mandatory'), ['first']);
  t.deepEqual(await names([deferred, check('first', { well: false })], 'deferred'), ['later']);
});

test('a condition names every failing required check in the documented form, and the slowest one', async (t) => {
  const report = await runHealthChecks([
    check('a', { well: false }),
    check('w', { well: false, weight: 'wanted' }),
    check('b', {
      async look() {
        await new Promise((resolve) => setTimeout(resolve, 60));
        throw new Error('cannot be asked');
      },
    }),
  ]);
  t.regex(
    failuresText(report),
    /^one or more health checks failed: a: broken\n {2}- b: cannot be asked\n {2}slowest: b, \d+\.\d s$/,
  );
});
