import { LcaError, messageOf, remedyOf } from '../core/errors/lca-error.ts';

const MOST_CAUSES = 10;

/**
 * What a person reads when a command fails: the sentence, why (each cause that says something new), and the remedy.
 * With `stacks`, everything that is known about where it happened too.
 */
export function errorText(error: unknown, { stacks = false } = {}): string {
  const lines = [`lca: ${messageOf(error)}`];
  if (!(error instanceof LcaError)) {
    lines.push('  This was not foreseen and is a fault in lca; LCA_DEBUG=1 shows where it happened.');
  }
  lines.push(...newCauses(error).map((message) => `  because: ${message}`));
  const remedy = remedyOf(error);
  if (remedy !== undefined) lines.push(`  remedy: ${remedy}`);
  if (stacks) {
    lines.push(
      ...chain(error).map((cause) => (cause instanceof Error ? (cause.stack ?? '') : String(cause))),
    );
  }
  return `${lines.join('\n')}\n`;
}

/**
 * The messages of the causes. An lca error's sentence already holds what matters of a foreign cause (a system call's
 * or a command's), and one lca error may quote the next; those are left out.
 */
function newCauses(error: unknown): readonly string[] {
  const said = [messageOf(error)];
  for (const cause of chain(error).slice(1)) {
    if (!(cause instanceof LcaError) && error instanceof LcaError) break;
    const message = messageOf(cause);
    if (!said.some((before) => before.includes(message))) said.push(message);
  }
  return said.slice(1);
}

function chain(error: unknown): readonly unknown[] {
  const all: unknown[] = [];
  for (
    let e = error;
    e !== undefined && all.length < MOST_CAUSES;
    e = e instanceof Error ? e.cause : undefined
  ) {
    all.push(e);
  }
  return all;
}
