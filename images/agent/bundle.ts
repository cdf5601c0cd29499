import { dirname } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * The whole command line as one CommonJS text. What is imported lazily in the sources stays lazy in it: a module's
 * code runs when it is first asked for, so that `lca --version` pays for nothing else.
 *
 * @param checkout the repository's directory
 * @param commit shown by `lca --version`
 */
export async function bundle(checkout: string, commit: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: checkout,
    entryPoints: ['images/agent/executable.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    // V8 keeps the text in memory: short is good. Error classes and stack traces keep their names.
    minify: true,
    keepNames: true,
    plugins: [englishOnly],
    banner: { js: LAZY_PARTS },
    legalComments: 'eof',
    define: {
      LCA_COMMIT: JSON.stringify(commit),
      // Only for finding files of the checkout, and the executable has its own.
      'import.meta.url': '"file:///"',
      'import.meta.main': 'false',
    },
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild made no output.');
  return output.contents;
}

/**
 * Parts of Node whose own state cannot be saved in a snapshot are loaded when something of them is first used.
 * See docs/decisions/0002-single-executable.md.
 */
const LAZY_PARTS = `{
  const load = require;
  const lazy = new Set(['node:http', 'node:https', 'node:tls']);
  require = (name) => (lazy.has(name) ? new Proxy({}, { get: (_, key) => load(name)[key] }) : load(name));
}`;

/** Of zod's messages in fifty languages, which it would load every time, one is enough: ours have texts of their own. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};
