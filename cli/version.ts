import packageJson from '../package.json' with { type: 'json' };

/** The commit the executable was built from; put in by images/agent/build.ts, and absent when run from source. */
declare const LCA_COMMIT: string;

/** `0.1.0 (commit 1234abc)`; `0.1.0 (from source)` in a checkout. */
export function versionText(): string {
  const origin = typeof LCA_COMMIT === 'string' ? `commit ${LCA_COMMIT}` : 'from source';
  return `${packageJson.version} (${origin})`;
}
