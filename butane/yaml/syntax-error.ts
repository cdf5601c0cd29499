import type { ErrorCode } from 'yaml';
import type { Position } from './node.ts';

/** What is wrong with a text, and how many characters into it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly offset: number;
}

/** The words of the reference implementation's YAML reader for the mistakes people make; others keep our reader's. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  TAB_AS_INDENT: 'found character that cannot start any token',
  BAD_INDENT: 'did not find expected key',
  BAD_COLLECTION_TYPE: 'did not find expected key',
  MISSING_CHAR: 'could not find expected delimiter',
  UNEXPECTED_TOKEN: 'did not find expected node content',
};

/** `Error unmarshaling yaml: yaml: line 3: mapping values are not allowed in this context`. */
export function syntaxErrorText(error: Problem, { line }: Position): string {
  return `Error unmarshaling yaml: yaml: line ${line}: ${wordsFor(error)}`;
}

function wordsFor({ code, message }: Problem): string {
  if (message.includes('call stack')) return 'exceeded max depth';
  return WORDS[code] ?? lowerFirst(message);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
