import test from 'ava';
import { forgetCarriedLibraries } from '../../../cli/carried-libraries.ts';

function after(value: string): NodeJS.ProcessEnv {
  const environment = { LD_PRELOAD: value, PATH: '/bin' };
  forgetCarriedLibraries(environment);
  return environment;
}

test('libraries that the executable brought are not handed on to programs it starts; those of others are', (t) => {
  t.deepEqual(after('/proc/self/fd/5:/proc/self/fd/16'), { PATH: '/bin' });
  t.deepEqual(after('/proc/self/fd/5:/usr/lib/libfoo.so'), {
    PATH: '/bin',
    LD_PRELOAD: '/usr/lib/libfoo.so',
  });
  t.deepEqual(after('/usr/lib/libfoo.so'), { PATH: '/bin', LD_PRELOAD: '/usr/lib/libfoo.so' });
  const none = { PATH: '/bin' };
  forgetCarriedLibraries(none);
  t.deepEqual(none, { PATH: '/bin' });
});
