// node bin/run.js FILE [ARGUMENT…]: installs what is missing, then runs a source file on the checkout's own Node.
import { bootstrap } from './bootstrap.js';
import { endLike, NODE, runToEnd } from './checkout.js';

await bootstrap();
endLike(await runToEnd(NODE, process.argv.slice(2), { input: 'inherit' }));
