import test from 'ava';
import { CommanderError } from 'commander';
import { BuilderError } from '../../../builder/builder-error.ts';
import { CommandError, EXIT, exitCodeOf } from '../../../cli/exit-codes.ts';
import { contractError } from '../../../core/contract/contract-error.ts';
import { HostError } from '../../../core/host/host-error.ts';

test('each kind of error ends the command with its own code', (t) => {
  t.is(exitCodeOf(new CommandError('refused', 'x')), EXIT.refused);
  t.is(exitCodeOf(new CommandError('timedOut', 'x')), EXIT.timedOut);
  t.is(exitCodeOf(new CommandError('tryAgain', 'x')), EXIT.tryAgain);
  t.is(exitCodeOf(new BuilderError('busy', 'x')), EXIT.tryAgain);
  t.is(exitCodeOf(contractError('unknown-field', '/var/lib/lca/ibu.yaml', 'x')), EXIT.usage);
  t.is(exitCodeOf(new HostError('command-timeout', 'x')), EXIT.timedOut);
  t.is(exitCodeOf(new HostError('command-failed', 'x')), EXIT.failed);
  t.is(exitCodeOf(new Error('x')), EXIT.failed);
  t.is(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'x')), EXIT.usage);
  t.is(exitCodeOf(new CommanderError(0, 'commander.version', '1')), EXIT.ok);
});
