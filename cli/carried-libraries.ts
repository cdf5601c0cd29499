const CARRIED = /^\/proc\/self\/fd\/\d+$/;

/**
 * On a machine that lacks libraries Node needs, the executable was started with its own copies in LD_PRELOAD (see
 * images/agent/start/start.c). Programs started from here must not look for them.
 */
export function forgetCarriedLibraries(environment: NodeJS.ProcessEnv): void {
  const others = environment['LD_PRELOAD']
    ?.split(':')
    .filter((library) => library !== '' && !CARRIED.test(library));
  if (others === undefined) return;
  if (others.length === 0) delete environment['LD_PRELOAD'];
  else environment['LD_PRELOAD'] = others.join(':');
}
