import type { Command } from 'commander';

/** A subcommand: known by name and summary, loaded when it is called. */
export interface Entry {
  /** What the user types after `lca`: `status`, `seed create`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Summaries of words that only lead to further subcommands. */
export const GROUPS: Readonly<Record<string, string>> = {
  seed: 'make the image of a seed node',
};

/** All subcommands, in the order `lca --help` lists them. */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'install',
    summary: 'put this program and its systemd units on a node',
    load: async () => (await import('./install.ts')).installCommand(),
  },
];
