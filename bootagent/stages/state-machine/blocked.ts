import type { Stage } from '../../../core/contract/stage.ts';
import { CONDITION_TYPES, type Status } from '../../../core/contract/status.ts';
import { conditionOf, IN_PROGRESS, removeCondition, setCondition } from './conditions.ts';
import { MESSAGES } from './messages.ts';

/**
 * Something else is at work on this node (a change of its addresses, the making of a seed): nothing goes on.
 *
 * @param before the status as it was when it was looked at last: what it has said since then is not news
 */
export function blocked(status: Status, stage: Stage, now: Date, message: string, before: Status): Status {
  const type = IN_PROGRESS[stage];
  const told = conditionOf(before, type);
  const isTold = told?.reason === 'Blocked' && told.message === message;
  const since = isTold ? new Date(told.lastTransitionTime) : now;
  return setCondition(status, type, { status: 'False', reason: 'Blocked', message }, since);
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
