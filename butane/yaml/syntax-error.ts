import type { YAMLParseError } from 'yaml';
import type { Position } from './node.ts';

/** The words of the reference implementation's YAML reader for the mistakes people make; others keep our reader's. */
const WORDS: Readonly<Partial<Record<YAMLParseError['code'], string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  TAB_AS_INDENT: 'found character that cannot start any token',
  BAD_INDENT: 'did not find expected key',
  BAD_COLLECTION_TYPE: 'did not find expected key',
  MISSING_CHAR: 'could not find expected delimiter',
  UNEXPECTED_TOKEN: 'did not find expected node content',
};

/** `Error unmarshaling yaml: yaml: line 3: mapping values are not allowed in this context`. */
export function syntaxErrorText(error: YAMLParseError, { line }: Position): string {
  return `Error unmarshaling yaml: yaml: line ${line}: ${WORDS[error.code] ?? lowerFirst(error.message)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
