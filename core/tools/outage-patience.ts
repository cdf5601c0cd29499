/** How long one outage is borne. What comes of it ends it, so the next one is borne as long. */
export class OutagePatience {
  readonly #ms: number;
  readonly #nowMs: () => Promise<number>;
  #since: number | undefined;

  /** @param nowMs of a clock that does not jump */
  constructor(ms: number, nowMs: () => Promise<number>) {
    this.#ms = ms;
    this.#nowMs = nowMs;
  }

  /** To be asked at every failure: the first one begins the outage. */
  async isOver(): Promise<boolean> {
    const now = await this.#nowMs();
    this.#since ??= now;
    return now - this.#since >= this.#ms;
  }

  ended(): void {
    this.#since = undefined;
  }
}
