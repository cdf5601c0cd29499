import { readStatus, type Status, writeStatus } from '../../core/contract/status.ts';
import type { Host } from '../../core/host/host.ts';

/** The one writer of status.yaml. Changes are serial, and only a status that differs is written. */
export class StatusStore {
  readonly #host: Host;
  #status: Status;
  #queue: Promise<void> = Promise.resolve();

  private constructor(host: Host, status: Status) {
    this.#host = host;
    this.#status = status;
  }

  /** Reads the status; `problem` tells of a file that had to be set aside. */
  static async open(
    host: Host,
  ): Promise<{ readonly store: StatusStore; readonly problem: string | undefined }> {
    const found = await readStatus(host);
    const store = new StatusStore(host, found.status);
    if (found.kind !== 'corrupt') return { store, problem: undefined };
    return { store, problem: `${found.error.message} It was set aside as ${found.setAside}.` };
  }

  get current(): Status {
    return this.#status;
  }

  /**
   * Applies a decision to the status as it is when all earlier changes are done, so that none of them is lost to a
   * decision that had not seen it.
   */
  async decide<Decision extends { readonly status: Status }>(
    choose: (status: Status, now: Date) => Decision,
  ): Promise<Decision> {
    let decision: Decision | undefined;
    await this.update((status, now) => (decision = choose(status, now)).status);
    if (decision === undefined) throw new Error('The status was not updated.');
    return decision;
  }

  /** Applies a pure change and writes the result before returning. */
  update(change: (status: Status, now: Date) => Status): Promise<void> {
    const next = this.#queue.then(async () => {
      const changed = change(this.#status, this.#host.now());
      if (changed === this.#status || JSON.stringify(changed) === JSON.stringify(this.#status)) return;
      await writeStatus(this.#host, changed);
      this.#status = changed;
    });
    this.#queue = next.catch(() => undefined);
    return next;
  }
}
