/** Sleeps until a time is over or somebody calls, also if the call came before. */
export class Wake {
  #called = false;
  #resolve: (() => void) | undefined;

  up(): void {
    this.#called = true;
    this.#resolve?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#called = false;
    this.#resolve = undefined;
  }
}
