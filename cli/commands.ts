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
  {
    name: 'seed create',
    summary: 'make the seed image of this node',
    load: async () => (await import('./seed-create.ts')).seedCreateCommand(),
  },
  {
    name: 'seed restore',
    summary: 'make good what a killed build has left',
    load: async () => (await import('./seed-restore.ts')).seedRestoreCommand(),
  },
  {
    name: 'status',
    summary: 'show where the node stands',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  {
    name: 'why',
    summary: 'explain the last failure',
    load: async () => (await import('./why.ts')).whyCommand(),
  },
  {
    name: 'doctor',
    summary: 'tell beforehand what would make an upgrade fail',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'prep',
    summary: 'prepare an upgrade while the node works',
    load: async () => (await import('./prep.ts')).prepCommand(),
  },
  {
    name: 'upgrade',
    summary: 'reboot into the prepared system',
    load: async () => (await import('./upgrade.ts')).upgradeCommand(),
  },
  {
    name: 'rollback',
    summary: 'return to the system before the upgrade',
    load: async () => (await import('./rollback.ts')).rollbackCommand(),
  },
  {
    name: 'idle',
    summary: 'settle for the running system and clean up',
    load: async () => (await import('./idle.ts')).idleCommand(),
  },
  {
    name: 'plan',
    summary: 'show what the next stage would do',
    load: async () => (await import('./plan.ts')).planCommand(),
  },
  {
    name: 'events',
    summary: 'show everything that happened',
    load: async () => (await import('./events.ts')).eventsCommand(),
  },
  {
    name: 'agent',
    summary: 'the service that carries out the stages',
    load: async () => (await import('./agent.ts')).agentCommand(),
  },
  {
    name: 'boot',
    summary: 'the boot agent of a new system',
    load: async () => (await import('./boot.ts')).bootCommand(),
  },
  {
    name: 'watchdog',
    summary: 'the deadline of a new system',
    load: async () => (await import('./watchdog.ts')).watchdogCommand(),
  },
  {
    name: 'recert',
    summary: "give a stopped cluster's certificates, keys and tokens successors",
    load: async () => (await import('./recert.ts')).recertCommand(),
  },
  {
    name: 'butane',
    summary: 'translate a Butane config to Ignition or a MachineConfig',
    load: async () => (await import('./butane.ts')).butaneCommand(),
  },
];
