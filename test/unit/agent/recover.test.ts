import test from 'ava';
import { recover } from '../../../bootagent/agent/recover.ts';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { pivotText } from '../../../core/contract/pivot.ts';
import { HostError } from '../../../core/host/host-error.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { attempt, memoryBox, NEW, nodeRunning, OTHER_SIDE } from '../../support/fake-attempt.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

async function agentOn(host: RecordingHost) {
  const { store } = await StatusStore.open(host, 'lca');
  return { host, store, blackBox: memoryBox(), log: createLogger('test', 'silent') };
}

test('an attempt that failed is told in the status, then put aside', async (t) => {
  const host = nodeRunning('old', attempt());
  host.file(OTHER_SIDE, pivotText(attempt({ handedOver: false })));
  const agent = await agentOn(host);
  await recover(agent);
  const newest = agent.store.current.conditions.at(-1);
  t.like(newest, { type: 'UpgradeInProgress', status: 'False', reason: 'Failed' });
  t.regex(newest?.message ?? '', /^Uncontrolled rollback: the power was cut/);
  const order = host.transcript.filter((line) => /status\.yaml|last-pivot|remove .*pivot/.test(line));
  t.true(
    order.findIndex((line) => line.includes('last-pivot')) >
      order.findIndex((line) => line.includes('status.yaml')),
  );
});

const JOURNAL = `/ostree/deploy/${NEW.stateroot}/var/log/journal/abc/system.journal`;

/** The other side lies on a disk that is read-only. */
function withoutRename(host: RecordingHost): RecordingHost {
  host.rename = async (from) => {
    throw new HostError('read-only', `Could not rename ${from}: it is on a read-only file system.`);
  };
  return host;
}

/** What the kernel saved cannot be listed. */
function withoutLists(host: RecordingHost): RecordingHost {
  const list = host.list.bind(host);
  host.list = async (path) => {
    if (path.includes('pstore')) throw new HostError('io', `Could not list ${path}: An I/O error.`);
    return list(path);
  };
  return host;
}

for (const [what, host, said] of [
  [
    'a journal',
    nodeRunning('old', attempt())
      .file(`/ostree/deploy/${NEW.stateroot}/var/usrlocal/bin/lca`, '')
      .file(JOURNAL, '')
      .on(/^cmp /, '')
      .on(
        /^journalctl /,
        new HostError('command-timeout', 'Could not read the journal: it took more than 60 s.'),
      ),
    /took more than 60 s/,
  ],
  [
    'a record',
    withoutRename(nodeRunning('old', attempt({ handedOver: false })).file(OTHER_SIDE, '{')),
    /read-only file system/,
  ],
  ['anything at all', withoutLists(nodeRunning('old', attempt())), /An I\/O error/],
] as const) {
  test(`an attempt has failed also where ${what} of the other side cannot be read`, async (t) => {
    const agent = await agentOn(host);
    await recover(agent);
    t.like(agent.store.current.conditions.at(-1), { type: 'UpgradeInProgress', status: 'False' });
    t.regex(agent.store.current.lca.lastFailure?.evidence.join('\n') ?? '', said);
  });
}

test('a status that was lost in the new stateroot is recalled from the record', async (t) => {
  const agent = await agentOn(nodeRunning('new', attempt({ state: 'configured' })));
  await recover(agent);
  t.deepEqual(agent.store.current.lca.stateroots, { original: 'lca', new: 'lca_2.0.0' });
  t.like(agent.store.current.conditions.at(-1), { type: 'UpgradeInProgress', status: 'True' });
});

test('an agent on a node at rest recovers nothing', async (t) => {
  const agent = await agentOn(nodeRunning('old', undefined));
  await recover(agent);
  t.deepEqual(agent.store.current.conditions, []);
});
