/** A check's answer, with the reason in words: it is shown by `--dry-run`, in progress lines and in the black box. */
export interface CheckAnswer {
  readonly done: boolean;
  /** A clause that follows "because": "the stateroot lca_4.16.0 exists". */
  readonly because: string;
}

/**
 * One step of a sequence. Its name is the same in five places: the file, the export, the log field, the journal key
 * and the test's title.
 */
export interface Step<Context> {
  /** kebab-case: `create-stateroot`. */
  readonly name: string;
  /** What it does, for people: "Create the new stateroot". */
  readonly summary: string;
  /** Looks, without changing anything, whether the step's effect is already there. */
  check(context: Context): Promise<CheckAnswer>;
  /** Makes it so. May be run again after being killed anywhere in between. */
  apply(context: Context): Promise<void>;
  /** Takes the effect back; run backwards over applied steps when a later one fails. */
  undo?(context: Context): Promise<void>;
}

/** An ordered list of steps under a name: `prep`, `seed-create`, `boot`. */
export interface Sequence<Context> {
  readonly name: string;
  readonly steps: readonly Step<Context>[];
}
