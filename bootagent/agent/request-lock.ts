/** Changes of ibu.yaml that read it first are made one after the other, so that none is lost to another of this process. */
export class RequestLock {
  #last: Promise<unknown> = Promise.resolve();

  hold<Result>(change: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(change);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
