/** How the cluster is asked for something: once, or until it has answered. */
export type Patience = <Answer>(question: () => Promise<Answer>) => Promise<Answer>;

/** Takes the first answer, whatever it is. */
export const NO_PATIENCE: Patience = (question) => question();
