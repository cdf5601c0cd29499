import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Reserved processors and kernel arguments of the seed are meant for its own number of processors. */
export const processors: DoctorCheck = {
  name: 'processors',
  async look({ host, seed }) {
    const theirs = (await seed())?.info.lca?.cpu_count;
    if (theirs === undefined) return fine('no seed is asked for, or it does not say');
    const { stdout } = await host.run(['nproc', '--all'], {
      description: 'count the processors',
      timeoutMs: 60_000,
    });
    const ours = Number(stdout.trim());
    if (ours === theirs) return fine(`both have ${ours} processors`);
    return warning(
      `the seed node had ${theirs} processors, this one has ${ours}`,
      'Use a seed from a node of the same kind if CPUs are partitioned (isolcpus, performance profiles).',
    );
  },
};
