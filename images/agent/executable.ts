// The program inside dist/lca. It runs twice: once while dist/lca is built, when it loads what a node's
// services need, and V8's state is saved into the executable; then on the node, which continues from that state. See
// docs/decisions/0002-single-executable.md.
import { startupSnapshot } from 'node:v8';
import { COMMANDS } from '../../cli/commands.ts';
import { run } from '../../cli/run.ts';

/** What a node runs unattended, at every boot. The other commands are loaded when they are called. */
const SERVICES: readonly string[] = ['boot', 'watchdog', 'agent'];

for (const { name, load } of COMMANDS) {
  // the command itself is thrown away; its modules stay loaded
  if (SERVICES.includes(name)) void load();
}

startupSnapshot.setDeserializeMainFunction(() => void run(process.argv.slice(2)));
