// The program inside dist/lca. It runs twice: once while dist/lca is built, when it loads what a node's services need
// and rehearses a first boot, and V8's state is saved into the executable; then on the node, which continues from that
// state. See docs/decisions/0002-single-executable.md.
// first: it holds for the schemas of all that is loaded after it
import './interpreted-schemas.ts';
import { startupSnapshot } from 'node:v8';
import { COMMANDS } from '../../cli/commands.ts';
import { run } from '../../cli/run.ts';
import { rehearse } from './rehearsal.ts';

/** What a node runs unattended, at every boot. The other commands are loaded when they are called. */
const SERVICES: readonly string[] = ['boot', 'watchdog', 'agent'];

void prepare();

/** Loads the services, and plays a first boot so that what V8 compiles for one is saved, too. */
async function prepare(): Promise<void> {
  // the commands themselves are thrown away; their modules stay loaded
  for (const { name, load } of COMMANDS) if (SERVICES.includes(name)) await load();
  await rehearse();
}

startupSnapshot.setDeserializeMainFunction(() => void run(process.argv.slice(2)));
