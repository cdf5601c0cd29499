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

async function run(root: string, killAfter = 0): Promise<Report | 'killed'> {
  const child = await execa(process.execPath, [CHILD, root, String(killAfter)], { reject: false });
  if (child.signal === 'SIGKILL') return 'killed';
  if (child.exitCode !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Report;
}

function everyFile(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' });
}

test('Killed after any write, the next run ends with one consistent set of new keys and no trace', async (t) => {
  t.timeout(600_000);
  const template = await layOutSmall(smallCluster());
  const fresh = (): string => {
    const root = mkdtempSync(join(tmpdir(), 'lca-killed-'));
    cpSync(template, root, { recursive: true, preserveTimestamps: true });
    return root;
  };
  const unharmed = fresh();
  const whole = await run(unharmed);
  if (whole === 'killed') return t.fail();
  t.is(whole.outcome, 'done');
  rmSync(unharmed, { recursive: true });
  const moments = Array.from({ length: whole.writes }, (_, index) => index + 1).values();
  const work = async (): Promise<void> => {
    for (const moment of moments) {
      const root = fresh();
      t.is(await run(root, moment), 'killed');
      const stagePath = join(root, 'var/lib/lca/recert/stage.json');
      const staged = existsSync(stagePath) ? JSON.parse(readFileSync(stagePath, 'utf8')) : undefined;
      const again = await run(root);
      if (again === 'killed') return t.fail();
      t.true(
        ['finished-earlier', 'already-done'].includes(again.outcome),
        `write ${moment}: ${again.outcome}`,
      );
      if (staged !== undefined) {
        const planned = staged.ledger.keys.map((key: { new: string }) => key.new);
        t.deepEqual(again.keys, planned, `the same keys after write ${moment}`);
      }
      t.is(((await run(root)) as Report).outcome, 'already-done');
      const left = everyFile(root).filter((name) => /\.lca.*\.tmp$|stage\./.test(name));
      t.deepEqual(left, [], `after write ${moment}`);
      rmSync(root, { recursive: true });
    }
  };
  await Promise.all([work(), work()]);
  rmSync(template, { recursive: true });
  t.log(`${whole.writes} moments`);
});

test('Killed before anything is staged, the next run starts from an untouched cluster', async (t) => {
  const root = await layOutSmall(smallCluster());
  const before = readFileSync(join(root, 'etc/kubernetes/pki/ca.key'), 'utf8');
  const child = execa(process.execPath, [CHILD, root], { reject: false });
  await new Promise((resolve) => setTimeout(resolve, 250));
  child.kill('SIGKILL');
  await child;
  t.is(readFileSync(join(root, 'etc/kubernetes/pki/ca.key'), 'utf8'), before);
  t.is(((await run(root)) as Report).outcome, 'done');
  rmSync(root, { recursive: true });
});
