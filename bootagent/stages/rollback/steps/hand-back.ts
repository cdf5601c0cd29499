import { mergeEvents } from '../../../../core/contract/events.ts';
import {
  EVENTS_PATH,
  OBJECTS_DIRECTORY,
  PIVOT_PATH,
  REQUEST_PATH,
  STATUS_PATH,
} from '../../../../core/contract/paths.ts';
import { readStatus, writeStatus } from '../../../../core/contract/status.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { copyTree } from '../../../../core/tools/copy.ts';
import { inStateroot, LAST_PIVOT_PATH } from '../../../pivot/record.ts';
import type { RollbackContext } from '../rollback-context.ts';

/** Tells the old stateroot what the user wants, before anything makes it boot: it must not believe it was left in the middle of an upgrade. */
export const handBack: Step<RollbackContext> = {
  name: 'hand-back',
  summary: 'Hand the request and its status back to the old stateroot',

  async check({ host, original, status }) {
    const theirs = await readStatus(host, inStateroot(original, STATUS_PATH));
    const told = JSON.stringify(theirs.status.conditions) === JSON.stringify(status().conditions);
    const open = (await host.stat(inStateroot(original, PIVOT_PATH))) !== undefined;
    const done = told && !open;
    return { done, because: `${original} ${done ? 'knows' : 'does not know yet'} that it is wanted back` };
  },

  async apply({ host, original, status }) {
    for (const path of [REQUEST_PATH, OBJECTS_DIRECTORY]) {
      const there = inStateroot(original, path);
      await host.remove(there);
      if ((await host.stat(path)) !== undefined) await copyTree(host, path, there);
    }
    const events = inStateroot(original, EVENTS_PATH);
    const merged = mergeEvents((await host.readText(events)) ?? '', (await host.readText(EVENTS_PATH)) ?? '');
    await host.writeAtomic(events, merged, { mode: 0o640 });
    await writeStatus(host, status(), inStateroot(original, STATUS_PATH));
    const record = inStateroot(original, PIVOT_PATH);
    if ((await host.stat(record)) !== undefined)
      await host.rename(record, inStateroot(original, LAST_PIVOT_PATH));
  },
};
