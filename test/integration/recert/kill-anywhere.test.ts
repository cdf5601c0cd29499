import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { layOutSmall, smallCluster } from '../../support/small-cluster.ts';

const CHILD = new URL('../../support/recert-child.ts', import.meta.url).pathname;

interface Report {
  readonly outcome: string;
  readonly writes: number;
  readonly keys: readonly string[];
}

async function run(root: string, killAfter = 0, killBefore?: string): Promise<Report | 'killed'> {
  const moment = killBefore === undefined ? [] : [killBefore];
  const child = await execa(process.execPath, [CHILD, root, String(killAfter), ...moment], { reject: false });
  if (child.signal === 'SIGKILL') return 'killed';
  if (child.exitCode !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Report;
}

function everyFile(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' });
}

/** A run of the small cluster makes fewer writes than this; the groups keep each test short. */
const MOST_WRITES = 24;
const GROUP = 4;

let template = '';
test.before(async () => {
  template = await layOutSmall(smallCluster());
});
test.after.always(() => rmSync(template, { recursive: true, force: true }));

function fresh(): string {
  const root = mkdtempSync(join(tmpdir(), 'lca-killed-'));
  cpSync(template, root, { recursive: true, preserveTimestamps: true });
  return root;
}

test('Left alone, a run ends, makes fewer writes than are tried below, and is not repeated', async (t) => {
  const root = fresh();
  const whole = await run(root);
  if (whole === 'killed') return t.fail();
  t.is(whole.outcome, 'done');
  t.true(whole.writes <= MOST_WRITES, `${whole.writes} writes`);
  t.is(((await run(root)) as Report).outcome, 'already-done');
  rmSync(root, { recursive: true });
});

for (let first = 1; first <= MOST_WRITES; first += GROUP) {
  test(`Killed after any of writes ${first} to ${first + GROUP - 1}, the next run ends with the keys it had made`, async (t) => {
    t.timeout(500_000);
    for (let moment = first; moment < first + GROUP; moment += 1) {
      const root = fresh();
      const outcome = await run(root, moment);
      if (outcome !== 'killed') {
        t.is(outcome.outcome, 'done', 'there are no more writes');
        rmSync(root, { recursive: true });
        return;
      }
      const stagePath = join(root, 'var/lib/lca/recert/stage.json');
      const staged = existsSync(stagePath) ? JSON.parse(readFileSync(stagePath, 'utf8')) : undefined;
      const again = await run(root);
      if (again === 'killed') return t.fail();
      t.is(again.outcome, staged === undefined ? 'already-done' : 'finished-earlier', `write ${moment}`);
      if (staged !== undefined) {
        const planned = staged.ledger.keys.map((key: { new: string }) => key.new);
        t.deepEqual(again.keys, planned, `the same keys after write ${moment}`);
      }
      const left = everyFile(root).filter((name) => /\.lca.*\.tmp$|\.lca-rebuilt|stage\./.test(name));
      t.deepEqual(left, [], `after write ${moment}`);
      rmSync(root, { recursive: true });
    }
  });
}

for (const file of ['stage.bin', 'stage.json']) {
  test(`Killed before ${file} is there, the next run starts from an untouched cluster`, async (t) => {
    const root = fresh();
    const pki = join(root, 'etc/kubernetes/pki');
    const before = readdirSync(pki).map((name) => readFileSync(join(pki, name), 'utf8'));
    t.is(await run(root, 0, file), 'killed');
    t.deepEqual(
      readdirSync(pki).map((name) => readFileSync(join(pki, name), 'utf8')),
      before,
    );
    const state = join(root, 'var/lib/lca/recert');
    t.is(existsSync(join(state, 'stage.bin')), file === 'stage.json', 'killed where it was meant to be');
    t.is(((await run(root)) as Report).outcome, 'done');
    t.deepEqual(readdirSync(state), ['ledger.json']);
    rmSync(root, { recursive: true });
  });
}
