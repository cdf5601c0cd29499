import { type Decision, decide } from '../../bootagent/stages/state-machine/decide.ts';
import { MESSAGES } from '../../bootagent/stages/state-machine/messages.ts';
import {
  cleanedUp,
  cleanUpFailed,
  failed,
  prepCompleted,
  rollbackCompleted,
  rolledBack,
  stayedForDebugging,
  upgradeCompleted,
} from '../../bootagent/stages/state-machine/outcomes.ts';
import { parseRequest, type UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { RollbackTrigger } from '../../core/contract/pivot.ts';
import type { Stage } from '../../core/contract/stage.ts';
import { FRESH_STATUS, type Status } from '../../core/contract/status.ts';

/** A v1 request for a stage. */
export function requestFor(stage: Stage, changes: Partial<UpgradeRequest> = {}): UpgradeRequest {
  const text = `
apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata: {name: upgrade}
spec: {stage: ${stage}, seedImageRef: {version: 4.16.2, image: registry.example/seed:4.16.2}}
`;
  return { ...parseRequest(text), ...changes };
}

/** A node's life told in a test: what the user asks and what happens, with a clock that ticks a second a time. */
export class UpgradeStory {
  status: Status = FRESH_STATUS;
  afterPivot = false;
  now = new Date('2026-01-01T00:00:00Z');
  request: UpgradeRequest | null = null;

  constructor() {
    this.look();
  }

  tick(): Date {
    this.now = new Date(this.now.getTime() + 1000);
    return this.now;
  }

  look(facts: { readonly blockedBy?: string } = {}): Decision {
    const decision = decide(this.status, this.request, {
      afterPivot: this.afterPivot,
      now: this.tick(),
      ...facts,
    });
    this.status = decision.status;
    if (this.request !== null && decision.spentAnnotations.length > 0) {
      this.request = { ...this.request, annotations: {} };
    }
    return decision;
  }

  asks(stage: Stage, changes: Partial<UpgradeRequest> = {}): Decision {
    this.request = requestFor(stage, changes);
    return this.look();
  }

  #after(status: Status): this {
    this.status = status;
    this.look();
    return this;
  }

  prepares(): this {
    return this.#after(prepCompleted(this.status, MESSAGES.prep.completed, this.tick()));
  }

  fails(stage: Exclude<Stage, 'Idle'>, message: string): this {
    const failure = { step: 'some-step', message, evidence: [], remedy: null };
    return this.#after(failed(this.status, stage, failure, this.tick()));
  }

  pivots(): this {
    this.afterPivot = true;
    this.look();
    return this;
  }

  upgrades(): this {
    return this.#after(upgradeCompleted(this.status, this.tick()));
  }

  /** The node is in its old stateroot again and knows why. */
  fallsBack(trigger: RollbackTrigger, reason: string): this {
    this.afterPivot = false;
    const failure = { trigger, reason, step: 'some-step', evidence: [], remedy: null };
    return this.#after(rolledBack(this.status, failure, 1800, this.tick()));
  }

  stays(trigger: RollbackTrigger, reason: string): this {
    const failure = { trigger, reason, step: 'some-step', evidence: [], remedy: null };
    return this.#after(stayedForDebugging(this.status, failure, this.tick()));
  }

  /** The reboot of a rollback that the user asked for. */
  returns(): this {
    this.afterPivot = false;
    this.look();
    return this;
  }

  rollsBack(): this {
    return this.#after(rollbackCompleted(this.status, this.tick()));
  }

  cleansUp(): this {
    return this.#after(cleanedUp(this.status, this.tick()));
  }

  failsToCleanUp(...errors: string[]): this {
    return this.#after(
      cleanUpFailed(this.status, errors, { step: 'clean-up', evidence: [], remedy: null }, this.tick()),
    );
  }

  /** `PrepCompleted=False Failed: Prep failed` */
  get conditions(): readonly string[] {
    return this.status.conditions.map(
      ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
    );
  }
}
