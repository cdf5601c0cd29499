import { z } from 'zod';
import type { Host } from '../host/host.ts';

const STEP_STATE = z.enum(['applying', 'applied', 'undone']);

const SEQUENCE_RECORD = z.strictObject({
  /** What the run was for (a hash of the request); another key starts a new record. */
  key: z.string(),
  startedAt: z.string(),
  steps: z.record(z.string(), z.strictObject({ state: STEP_STATE, at: z.string() })),
});

const JOURNAL = z.strictObject({ version: z.literal(1), sequences: z.record(z.string(), SEQUENCE_RECORD) });

type JournalContent = z.infer<typeof JOURNAL>;
export type StepState = z.infer<typeof STEP_STATE>;

export interface JournalOptions {
  /** Called after each write has reached the disk; a test may throw here to stop a run at that very moment. */
  readonly afterWrite?: (line: string) => void;
}

/**
 * Which step of which sequence is being applied or was applied: one small file, replaced atomically at every change.
 * An unreadable journal is set aside (`.corrupt`) and counts as empty: the steps' own checks know the truth.
 */
export class Journal {
  readonly #host: Host;
  readonly #path: string;
  readonly #afterWrite: (line: string) => void;

  constructor(host: Host, path: string, options: JournalOptions = {}) {
    this.#host = host;
    this.#path = path;
    this.#afterWrite = options.afterWrite ?? (() => undefined);
  }

  /** Starts or goes on with a sequence's record; a record with another key is forgotten. */
  async open(sequence: string, key: string): Promise<void> {
    const content = await this.#read();
    if (content.sequences[sequence]?.key === key) return;
    content.sequences[sequence] = { key, startedAt: this.#now(), steps: {} };
    await this.#write(content, `${sequence} open`);
  }

  async mark(sequence: string, step: string, state: StepState): Promise<void> {
    const content = await this.#read();
    const record = content.sequences[sequence];
    if (record === undefined) throw new Error(`Sequence ${sequence} is not open in ${this.#path}.`);
    record.steps[step] = { state, at: this.#now() };
    await this.#write(content, `${sequence} ${step} ${state}`);
  }

  /** Steps with a state, in the order they were first marked. */
  async states(sequence: string): Promise<ReadonlyMap<string, StepState>> {
    const record = (await this.#read()).sequences[sequence];
    return new Map(Object.entries(record?.steps ?? {}).map(([name, { state }]) => [name, state]));
  }

  /** The key a sequence's record was opened with, or undefined if there is none. */
  async keyOf(sequence: string): Promise<string | undefined> {
    return (await this.#read()).sequences[sequence]?.key;
  }

  /** Forgets a sequence: it came to its end, or was cleaned up after. */
  async close(sequence: string): Promise<void> {
    const content = await this.#read();
    if (content.sequences[sequence] === undefined) return;
    delete content.sequences[sequence];
    await this.#write(content, `${sequence} close`);
  }

  async #read(): Promise<JournalContent> {
    const text = await this.#host.readText(this.#path);
    if (text === undefined) return { version: 1, sequences: {} };
    try {
      return JOURNAL.parse(JSON.parse(text));
    } catch {
      await this.#host.rename(this.#path, `${this.#path}.corrupt`);
      return { version: 1, sequences: {} };
    }
  }

  async #write(content: JournalContent, line: string): Promise<void> {
    await this.#host.writeAtomic(this.#path, `${JSON.stringify(content, null, 1)}\n`, { mode: 0o600 });
    this.#afterWrite(line);
  }

  #now(): string {
    return this.#host.now().toISOString();
  }
}
