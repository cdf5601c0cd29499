import { readStatus, type Status, writeStatus } from '../../core/contract/status.ts';
import type { Host } from '../../core/host/host.ts';
import { isAfterPivot } from '../stages/state-machine/predicates.ts';
import { validNextStages } from '../stages/state-machine/valid-next-stages.ts';

/** The one writer of status.yaml. Changes are serial, and only a status that differs is written. */
export class StatusStore {
  readonly #host: Host;
  #status: Status;
  #queue: Promise<void> = Promise.resolve();

  readonly #booted: string;
  readonly #listeners = new Set<() => void>();

  private constructor(host: Host, status: Status, booted: string) {
    this.#host = host;
    this.#status = status;
    this.#booted = booted;
  }

  /**
   * Reads the status; `problem` tells of a file that had to be set aside.
   *
   * @param booted name of the running stateroot
   */
  static async open(
    host: Host,
    booted: string,
  ): Promise<{ readonly store: StatusStore; readonly problem: string | undefined }> {
    const found = await readStatus(host);
    const store = new StatusStore(host, found.status, booted);
    if (found.kind !== 'corrupt') return { store, problem: undefined };
    return { store, problem: `${found.error.message} It was set aside as ${found.setAside}.` };
  }

  get current(): Status {
    return this.#status;
  }

  /** Calls back after each change, until stopped by the function returned. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Applies a decision to the status as it is when all earlier changes are done, so that none of them is lost to a
   * decision that had not seen it.
   */
  async decide<Decision extends { readonly status: Status }>(
    choose: (status: Status, now: Date) => Decision,
  ): Promise<Decision> {
    let decision: Decision | undefined;
    await this.#write((status, now) => (decision = choose(status, now)).status);
    if (decision === undefined) throw new Error('The status was not updated.');
    return decision;
  }

  /**
   * Applies a pure change and writes the result before returning. What may be asked for next follows from the
   * conditions, and is written with them: nobody is to see a stage completed and its successors not yet allowed.
   */
  update(change: (status: Status, now: Date) => Status): Promise<void> {
    return this.#write((status, now) => {
      const changed = change(status, now);
      if (JSON.stringify(changed.conditions) === JSON.stringify(status.conditions)) return changed;
      const { accepted } = changed.lca;
      const next = validNextStages(changed, accepted?.stage ?? 'Idle', isAfterPivot(changed, this.#booted));
      return { ...changed, validNextStages: next };
    });
  }

  #write(change: (status: Status, now: Date) => Status): Promise<void> {
    const next = this.#queue.then(async () => {
      const changed = change(this.#status, this.#host.now());
      if (changed === this.#status || JSON.stringify(changed) === JSON.stringify(this.#status)) return;
      await writeStatus(this.#host, changed);
      this.#status = changed;
      for (const listener of this.#listeners) listener();
    });
    this.#queue = next.catch(() => undefined);
    return next;
  }
}
