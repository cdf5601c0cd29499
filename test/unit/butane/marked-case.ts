import { ButaneError, entryText, type TranslateOptions, translate } from '../../../butane/index.ts';

/**
 * One rule, as a Butane file that breaks it. In the body, ①, ② and ③ stand where the first, second and third thing said
 * must point to. What is said is `error storage.files.0.path: path not absolute`, at ①; `② warning …`, at ②.
 */
export interface MarkedCase {
  /** `1.5.0` for fcos, `4.15.0` for openshift. */
  readonly version: string;
  readonly body: string;
  readonly says: readonly string[];
  /** The line behind the report; undefined if the file is translated all the same. */
  readonly fatal?: string;
  readonly options?: TranslateOptions;
}

const MARKS = ['①', '②', '③'];

export const INVALID_SOURCE = 'Error translating config: source config is invalid';
export const INVALID_OUTPUT = 'Error translating config: config generated was invalid';

/** A MachineConfig's name and label, for cases that are about something else; three lines. */
export const METADATA = `metadata:
  name: a
  labels: {machineconfiguration.openshift.io/role: master}
`;

/** The text of a case without its marks, below the lines that say which language it is in. */
export function textOf({ version, body }: MarkedCase): string {
  const variant = version.startsWith('1.') ? 'fcos' : 'openshift';
  return `variant: ${variant}\nversion: ${version}\n${body.replace(/^\n/, '')}`;
}

/** Everything the command would print on standard error for the case. */
export function saidOf(marked: MarkedCase): readonly string[] {
  return said(textOf(marked).replace(/[①②③]/g, ''), marked.options);
}

/** Everything the command prints on standard error. */
export function said(text: string, options: TranslateOptions = {}): readonly string[] {
  try {
    return translate(text, options).report.map(entryText);
  } catch (error) {
    if (!(error instanceof ButaneError)) throw error;
    return [...error.report.map(entryText), `Error translating config: ${error.message}`];
  }
}

/** What the case expects to be printed. */
export function expectedOf(marked: MarkedCase): readonly string[] {
  const positions = positionsIn(textOf(marked));
  const lines = marked.says.map((line) => {
    const [, mark = '①', severity, path, message] =
      /^([①②③])? ?(error|warning) (\S*): (.*)$/.exec(line) ?? [];
    const place = path === '' ? '' : `$.${path}, `;
    return `${severity} at ${place}${positions.get(mark) ?? 'no mark in the body'}: ${message}`;
  });
  return marked.fatal === undefined ? lines : [...lines, marked.fatal];
}

function positionsIn(text: string): ReadonlyMap<string, string> {
  const positions = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    for (const mark of MARKS.filter((known) => line.includes(known))) {
      const before = line.slice(0, line.indexOf(mark)).replace(/[①②③]/g, '');
      positions.set(mark, `line ${i + 1} col ${before.length + 1}`);
    }
  }
  return positions;
}
