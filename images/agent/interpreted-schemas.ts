import { config } from 'zod';

// zod writes and compiles a function for each schema when it is first used. That pays for documents read by the
// thousand; lca reads a few once, and on a slow processor the compiler is what a boot waits for.
config({ jitless: true });
