import type { Stage } from '../../../core/contract/stage.ts';
import { CONDITION_TYPES, type Condition, type Status } from '../../../core/contract/status.ts';
import { conditionOf, IN_PROGRESS, removeCondition, setCondition } from './conditions.ts';
import { MESSAGES } from './messages.ts';

/**
 * Something else is at work on this node (a change of its addresses, the making of a seed): nothing goes on.
 *
 * @param status without what was blocked before (`unblocked`)
 * @param before the status as it was when it was looked at last: what it has said since then is not news, and keeps
 *   its time and its place
 */
export function blocked(status: Status, stage: Stage, now: Date, message: string, before: Status): Status {
  const type = IN_PROGRESS[stage];
  const free = removeCondition(status, type);
  const told = conditionOf(before, type);
  if (told?.reason !== 'Blocked' || told.message !== message) {
    return setCondition(free, type, { status: 'False', reason: 'Blocked', message }, now);
  }
  const isNewer = ({ lastTransitionTime }: Condition) => lastTransitionTime > told.lastTransitionTime;
  const older = free.conditions.filter((condition) => !isNewer(condition));
  const again = { ...told, observedGeneration: status.observedGeneration };
  return { ...free, conditions: [...older, again, ...free.conditions.filter(isNewer)] };
}

/**
 * The other work has ended: what said so disappears, and the request is looked at again. Idle is at rest again, or,
 * where a stage has left something behind, as it was.
 */
export function unblocked(status: Status, now: Date): Status {
  let next = status;
  for (const type of CONDITION_TYPES) {
    if (conditionOf(next, type)?.reason === 'Blocked') next = removeCondition(next, type);
  }
  if (conditionOf(status, 'Idle')?.reason !== 'Blocked') return next;
  return next.conditions.length === 0
    ? setCondition(next, 'Idle', { status: 'True', reason: 'Idle', message: MESSAGES.idle.idle }, now)
    : setCondition(
        next,
        'Idle',
        { status: 'False', reason: 'InProgress', message: MESSAGES.inProgress },
        now,
      );
}
