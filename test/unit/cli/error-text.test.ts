import test from 'ava';
import { errorText } from '../../../cli/error-text.ts';
import { CommandError } from '../../../cli/exit-codes.ts';
import { HostError } from '../../../core/host/host-error.ts';

test('a failure is told as a sentence, the causes that add something, and what to do', (t) => {
  const system = new Error('ENOENT: no such file, open /x');
  const host = new HostError('not-found', 'Could not read /x: no such file or directory.', {
    cause: system,
    remedy: 'Make /x.',
  });
  const error = new CommandError('failed', 'The seed image was not made.', { cause: host });
  t.is(
    errorText(error),
    'lca: The seed image was not made.\n  because: Could not read /x: no such file or directory.\n  remedy: Make /x.\n',
  );
});

test('a cause that the sentence quotes already is not told twice', (t) => {
  const host = new HostError('io', 'Could not sync /x: input/output error.');
  const error = new CommandError('failed', `Step save failed: ${host.message}`, { cause: host });
  t.is(errorText(error), 'lca: Step save failed: Could not sync /x: input/output error.\n');
});

test('an unforeseen error owns up to being a fault, and shows its causes', (t) => {
  const error = new TypeError('x is not a function', { cause: new Error('deeper') });
  const text = errorText(error);
  t.regex(text, /^lca: x is not a function\n {2}This was not foreseen/);
  t.regex(text, /because: deeper/);
  t.notRegex(text, /at .*\.ts:/);
});

test('stacks are shown to those who ask for them, and a value that is no error is shown as it is', (t) => {
  t.regex(errorText(new Error('x'), { stacks: true }), /error-text\.test\.ts/);
  t.regex(errorText('just text'), /^lca: just text\n/);
});

test('an error that is its own cause ends', (t) => {
  const error = new Error('round');
  error.cause = error;
  t.regex(errorText(error), /^lca: round\n/);
});
