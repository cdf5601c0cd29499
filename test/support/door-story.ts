import {
  cleanUpFailed,
  failed,
  prepCompleted,
  rollbackCompleted,
  upgradeCompleted,
} from '../../bootagent/stages/state-machine/outcomes.ts';
import {
  CLUSTER_DOOR_PATH,
  OBJECTS_DIRECTORY,
  REQUEST_PATH,
  STATUS_PATH,
} from '../../core/contract/paths.ts';
import { type Ibu, type IbuDoor, type ToldCondition } from './door-cluster.ts';
import type { DoorNode, Outcome } from './door-node.ts';

export const SEED = { seedImageRef: { version: '4.16.2', image: 'registry.example/seed:4.16.2' } };
const FAILURE = { step: 'none', evidence: [], remedy: null, message: 'the disk is full' };

/** What happens to a node: a stage is asked for through the API, its work ends, the node boots. */
export type Event =
  | { readonly ask: 'Idle' | 'Prep' | 'Upgrade' | 'Rollback' }
  | { readonly outcome: Outcome }
  | { readonly boot: 'old' | 'new' };

const stateroots: Outcome = (status) => ({
  ...status,
  lca: { ...status.lca, stateroots: { original: 'old', new: 'new' } },
});
export const PREP: readonly Event[] = [{ ask: 'Prep' }, { outcome: stateroots }];
export const PREPARED: readonly Event[] = [
  ...PREP,
  { outcome: (status, now) => prepCompleted(status, 'Prep stage completed successfully', now) },
];
export const UPGRADING: readonly Event[] = [...PREPARED, { ask: 'Upgrade' }];
export const PIVOTED: readonly Event[] = [...UPGRADING, { boot: 'new' }];
export const UPGRADED: readonly Event[] = [...PIVOTED, { outcome: upgradeCompleted }];
export const ROLLING_BACK: readonly Event[] = [...UPGRADED, { ask: 'Rollback' }];
export const ROLLED_BACK: readonly Event[] = [
  ...ROLLING_BACK,
  { boot: 'old' },
  { outcome: rollbackCompleted },
];
export const fails = (stage: 'Prep' | 'Upgrade' | 'Rollback'): Event => ({
  outcome: (status, now) => failed(status, stage, FAILURE, now),
});
export const cleanUpFails: Event = {
  outcome: (status, now) =>
    cleanUpFailed(
      status,
      ['failed to remove 1 stateroots'],
      { step: 'clean-up', evidence: [], remedy: null },
      now,
    ),
};
/** Waits until the resource tells what the node's status says. */
async function settle(node: DoorNode, door: IbuDoor): Promise<Ibu> {
  return door.until('resource and node say the same', ({ status }) => {
    const { conditions, validNextStages } = node.status;
    return (
      JSON.stringify(told(status)) === JSON.stringify(told({ conditions })) &&
      JSON.stringify(status.validNextStages) === JSON.stringify(validNextStages)
    );
  });
}

/** Conditions without their times. */
export function told({
  conditions,
}: {
  readonly conditions: readonly ToldCondition[];
}): readonly ToldCondition[] {
  return conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
}

/** Lets things happen to a node, each when the resource tells of the one before. @returns the resource after the last */
export async function live(node: DoorNode, door: IbuDoor, events: readonly Event[]): Promise<Ibu> {
  for (const event of events) {
    if ('ask' in event)
      await door.patch({ spec: { stage: event.ask, ...(event.ask === 'Idle' ? {} : SEED) } });
    else if ('outcome' in event) await node.say(event.outcome);
    else await node.boot(event.boot);
    await settle(node, door);
  }
  return settle(node, door);
}

/** Whatever state a test left behind: a node and a cluster that were never asked for anything. */
export async function freshNode(node: DoorNode, door: IbuDoor): Promise<void> {
  await node.stop();
  for (const path of [REQUEST_PATH, STATUS_PATH, CLUSTER_DOOR_PATH, OBJECTS_DIRECTORY])
    await node.host.remove(path);
  await door.removeAll();
  await node.boot('old');
  await door.until('there is a fresh resource', ({ spec }) => spec.stage === 'Idle');
}
