#!/usr/bin/env node
// lca from a checkout: the command runs from source on the checkout's own Node, in the directory it was called from.
import { join } from 'node:path';
import { bootstrap } from './bootstrap.js';
import { endLike, NODE, ROOT, runToEnd } from './checkout.js';

await bootstrap({ packages: false });
const args = [join(ROOT, 'cli', 'main.ts'), ...process.argv.slice(2)];
endLike(await runToEnd(NODE, args, { cwd: process.cwd(), input: 'inherit' }));
